#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <scriba/core/error.hpp>

/// The order in which a training run sees its data.
namespace scriba::data {

/// One of several data sets that are learnt together.
struct MixedSet {
  std::size_t size{};  ///< entries
  double ratio = 1;    ///< entries of this set for `ratio` of the first one's entries of the first set; above 0
};

/// Entry `index` of set `set`.
struct Pick {
  std::size_t set{};
  std::size_t index{};
  friend bool operator==(const Pick&, const Pick&) = default;
};

/// The entries of one epoch in the order in which they are learnt. The epoch has the first set once, and so many entries of the others that
/// the ratios hold: sizes 1000, 300 and 50 000 with the ratios 1, 0.5 and 0.5 give 1000 + 500 + 500 entries. Sets are spread evenly, so
/// that every batch has nearly these ratios, too.
///
/// Within a set the order is random and every entry comes equally often: a set that is used up begins anew in another order, a large one
/// goes on in the next epoch where it stopped. The order depends on sizes, ratios, seed and epoch alone. Throws Error for an empty set,
/// more than 2^31 - 1 entries, and ratios that are not above 0. Takes time and memory for every set's size.
std::vector<Pick> mixed_epoch(std::span<const MixedSet> sets, std::uint64_t seed, std::int64_t epoch);

/// What becomes of entries that do not divide among the processes.
enum class Remainder {
  repeat,  ///< the first entries are given out once more: every entry comes, some twice. For training
  drop     ///< the last entries are left out
};

/// The part of process `process` of `processes`: every `processes`-th entry, so that together the processes take batch for batch what one
/// would. All parts are equally long. Throws Error unless process < processes.
template <class T>
std::vector<T> shard(std::span<const T> order, std::size_t process, std::size_t processes, Remainder remainder = Remainder::repeat) {
  if (process >= processes)
    throw Error({.what = "no such part of an epoch",
                 .where = "process",
                 .expected = "below " + std::to_string(processes),
                 .got = std::to_string(process)});
  const std::size_t full = order.size() / processes, more = order.size() % processes != 0 && remainder == Remainder::repeat;
  std::vector<T> out;
  out.reserve(full + more);
  for (std::size_t i = 0; i < full + more; ++i) out.push_back(order[(i * processes + process) % order.size()]);
  return out;
}

}  // namespace scriba::data
