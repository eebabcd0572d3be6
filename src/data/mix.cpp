#include <scriba/data/mix.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <scriba/augment/random.hpp>

namespace scriba::data {

namespace {

// Order number `round` of a set's entries (Fisher and Yates).
std::vector<std::uint32_t> shuffled(std::size_t size, std::uint64_t seed, std::int64_t round, std::size_t set) {
  std::vector<std::uint32_t> out(size);
  std::iota(out.begin(), out.end(), 0u);
  augment::Random random(seed, round, static_cast<std::int64_t>(set));
  for (std::size_t i = size; i > 1; --i) std::swap(out[i - 1], out[static_cast<std::size_t>(random.integer(0, static_cast<int>(i - 1)))]);
  return out;
}

void check(std::span<const MixedSet> sets) {
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const auto bad = [&](const char* expected, const std::string& got) {
      return Error({.what = "cannot mix data sets", .where = "set " + std::to_string(s + 1), .expected = expected, .got = got});
    };
    if (sets[s].size == 0 || sets[s].size > static_cast<std::size_t>(std::numeric_limits<int>::max()))
      throw bad("1 to 2^31 - 1 entries", std::to_string(sets[s].size));
    if (!(sets[s].ratio > 0) || !std::isfinite(sets[s].ratio)) throw bad("a ratio above 0", std::to_string(sets[s].ratio));
  }
}

}  // namespace

std::vector<Pick> mixed_epoch(std::span<const MixedSet> sets, std::uint64_t seed, std::int64_t epoch) {
  check(sets);
  if (epoch < 0) throw Error({.what = "cannot mix data sets", .where = "epoch", .expected = "0 or above", .got = std::to_string(epoch)});
  struct Placed {
    double place;  // 0..1, in the epoch
    Pick pick;
  };
  std::vector<Placed> placed;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const double wanted = static_cast<double>(sets[0].size) * sets[s].ratio / sets[0].ratio;
    if (wanted > static_cast<double>(std::numeric_limits<int>::max()))
      throw Error({.what = "cannot mix data sets",
                   .where = "set " + std::to_string(s + 1),
                   .expected = "a smaller ratio",
                   .got = std::to_string(sets[s].ratio)});
    const auto count = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(wanted)));
    const std::uint64_t first = static_cast<std::uint64_t>(epoch) * count, size = sets[s].size;
    // Places come from numbers of their own: sets.size() + s is no set's.
    augment::Random jitter(seed, epoch, static_cast<std::int64_t>(sets.size() + s));
    std::vector<std::uint32_t> order;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (const auto at = (first + i) % size; at == 0 || i == 0)
        order = shuffled(sets[s].size, seed, static_cast<std::int64_t>((first + i) / size), s);
      placed.push_back({(static_cast<double>(i) + jitter.uniform()) / static_cast<double>(count), {s, order[(first + i) % size]}});
    }
  }
  std::ranges::stable_sort(placed, {}, &Placed::place);
  std::vector<Pick> out;
  out.reserve(placed.size());
  for (const auto& one : placed) out.push_back(one.pick);
  return out;
}

}  // namespace scriba::data
