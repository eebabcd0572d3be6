#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

#include <scriba/augment/range.hpp>

namespace scriba::augment {

namespace detail {

/// Philox4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Four words that look random for each counter and
/// key, and are the same on every machine.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0], b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9, key[1] += 0xBB67AE85;
  }
  return counter;
}

}  // namespace detail

/// The random numbers of one sample. They depend on seed, epoch and index alone: not on the thread that makes the sample, nor on the
/// samples before it. Different (seed, epoch, index) never share numbers (epochs up to 2^32). A sample has 2^34 words.
///
/// The standard library's distributions give other numbers with other libraries; these do not.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::int64_t epoch = 0, std::int64_t index = 0)
      : counter_{0, static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(index),
                 static_cast<std::uint32_t>(static_cast<std::uint64_t>(index) >> 32)},
        key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)} {}

  /// 32 random bits.
  std::uint32_t bits() {
    if (used_ == block_.size()) block_ = detail::philox(counter_, key_), ++counter_[0], used_ = 0;
    return block_[used_++];
  }

  /// 0 <= u < 1, in steps of 2^-53.
  double uniform() {
    const std::uint64_t high = bits(), low = bits();
    return static_cast<double>((high << 32 | low) >> 11) * 0x1p-53;
  }
  double uniform(const Range& range) { return range.low + (range.high - range.low) * uniform(); }

  /// As often between 1/2 and 1 as between 1 and 2: for factors. The range lies above 0.
  double log_uniform(const Range& range) { return std::exp(uniform({std::log(range.low), std::log(range.high)})); }

  /// low <= i <= high, all equally often.
  int integer(int low, int high) {
    // Lemire, "Fast random integer generation in an interval", 2019.
    const std::uint64_t count = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low) + 1;
    std::uint64_t product = bits() * count;
    const std::uint64_t excess = (std::uint64_t{1} << 32) % count;
    while (static_cast<std::uint32_t>(product) < excess) product = bits() * count;
    return static_cast<int>(low + static_cast<std::int64_t>(product >> 32));
  }
  int integer(const WholeRange& range) { return integer(range.low, range.high); }

  /// Mean 0, deviation 1 (Box and Muller, 1958).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  /// True with this probability: 0 never, 1 always.
  bool chance(double probability) { return uniform() < probability; }

  /// One of the values, all equally often; there must be one.
  template <class T>
  const T& pick(std::span<const T> values) {
    return values[static_cast<std::size_t>(integer(0, static_cast<int>(values.size()) - 1))];
  }

 private:
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> block_{};
  std::size_t used_ = 4;
};

}  // namespace scriba::augment
