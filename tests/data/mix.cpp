#include <scriba/data/mix.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

using namespace scriba;
using data::mixed_epoch, data::MixedSet, data::Pick, data::shard;

namespace {

std::vector<std::size_t> counts(const std::vector<Pick>& picks, std::size_t sets) {
  std::vector<std::size_t> out(sets);
  for (const Pick& pick : picks) ++out[pick.set];
  return out;
}

std::vector<Pick> epoch_of(std::vector<MixedSet> sets, std::uint64_t seed = 1, std::int64_t epoch = 0) {
  return mixed_epoch(sets, seed, epoch);
}

}  // namespace

TEST_CASE("an epoch of one set has every entry once, in an order of its own") {
  const auto first = epoch_of({{100}});
  std::set<std::size_t> seen;
  for (const Pick& pick : first) seen.insert(pick.index);
  CHECK(first.size() == 100);
  CHECK(seen.size() == 100);
  CHECK(first == epoch_of({{100}}));
  CHECK(first != epoch_of({{100}}, 2));
  CHECK(first != epoch_of({{100}}, 1, 1));
  CHECK(epoch_of({{1}}) == std::vector<Pick>{{0, 0}});
  CHECK(epoch_of({}).empty());
}

TEST_CASE("the ratios hold, in every epoch and in every batch") {
  const std::vector<MixedSet> sets{{1000, 1}, {300, 0.5}, {50000, 0.5}};
  const auto picks = mixed_epoch(sets, 3, 0);
  CHECK(counts(picks, 3) == std::vector<std::size_t>{1000, 500, 500});
  for (std::size_t at = 0; at + 64 <= picks.size(); at += 64) {
    const auto batch = counts({picks.begin() + static_cast<std::ptrdiff_t>(at), picks.begin() + static_cast<std::ptrdiff_t>(at) + 64}, 3);
    CHECK(std::abs(static_cast<int>(batch[0]) - 32) <= 4);
    CHECK(std::abs(static_cast<int>(batch[1]) - 16) <= 4);
  }
  // Ratios count against the first set's.
  CHECK(counts(epoch_of({{10, 2}, {10, 1}}), 2) == std::vector<std::size_t>{10, 5});
  CHECK(counts(epoch_of({{10, 1}, {10, 1e-9}}), 2) == std::vector<std::size_t>{10, 1});
}

TEST_CASE("over the epochs every entry of a set comes equally often") {
  const std::vector<MixedSet> sets{{60}, {25, 0.5}, {70, 0.5}};
  std::map<std::size_t, std::size_t> small, large;
  for (std::int64_t epoch = 0; epoch < 35; ++epoch)
    for (const Pick& pick : mixed_epoch(sets, 9, epoch)) {
      if (pick.set == 1) ++small[pick.index];
      if (pick.set == 2) ++large[pick.index];
    }
  CHECK(small.size() == 25);
  for (const auto& [index, count] : small) CHECK(count == 42);  // 35 x 30 / 25
  CHECK(large.size() == 70);
  for (const auto& [index, count] : large) CHECK(count == 15);  // 35 x 30 / 70
}

TEST_CASE("two sets of one size have different orders") {
  std::vector<std::size_t> a, b;
  for (const Pick& pick : epoch_of({{50}, {50}})) (pick.set == 0 ? a : b).push_back(pick.index);
  CHECK(a != b);
}

TEST_CASE("processes share an epoch: together all of it, equally long") {
  const auto picks = epoch_of({{103}});
  for (const std::size_t processes : {1, 2, 4, 7, 200}) {
    std::set<std::size_t> seen;
    std::size_t length = 0, dropped = 0;
    for (std::size_t p = 0; p < processes; ++p) {
      const auto part = shard<Pick>(picks, p, processes);
      for (const Pick& pick : part) seen.insert(pick.index);
      if (p == 0) length = part.size();
      CHECK(part.size() == length);
      dropped += shard<Pick>(picks, p, processes, data::Remainder::drop).size();
    }
    CHECK(seen.size() == 103);
    CHECK(dropped == 103 / processes * processes);
    // Disjoint but for what is repeated to make the parts equally long.
    CHECK(length * processes - 103 < processes);
  }
  // Two processes' batches of 2 are one process's batch of 4.
  const auto first = shard<Pick>(picks, 0, 2), second = shard<Pick>(picks, 1, 2);
  CHECK(std::vector<Pick>{first[0], second[0], first[1], second[1]} == std::vector<Pick>(picks.begin(), picks.begin() + 4));
  CHECK(shard<Pick>({}, 0, 3).empty());
  CHECK_THROWS_WITH_AS(shard<Pick>(picks, 2, 2), doctest::Contains("expected below 2, got 2"), Error);
}

TEST_CASE("what cannot be mixed is said") {
  const auto refused = [](std::vector<MixedSet> sets, const char* says, std::int64_t epoch = 0) {
    CHECK_THROWS_WITH_AS(mixed_epoch(sets, 1, epoch), doctest::Contains(says), Error);
  };
  refused({{5}, {0}}, "set 2: expected 1 to 2^31 - 1 entries, got 0");
  refused({{5}, {5, 0}}, "set 2: expected a ratio above 0");
  refused({{5, -1}}, "set 1");
  refused({{5}, {5, std::numeric_limits<double>::quiet_NaN()}}, "set 2");
  refused({{5}, {5, std::numeric_limits<double>::infinity()}}, "set 2");
  refused({{5}, {5, 1e300}}, "smaller ratio");
  refused({{std::size_t{1} << 40}}, "set 1");
  refused({{5}}, "epoch", -1);
}
