#pragma once

#include <limits>
#include <sstream>
#include <string>

#include <scriba/core/error.hpp>

namespace scriba::augment {

/// From which values one is drawn: `low` to `high`. Both may be equal.
struct Range {
  double low{}, high{};
  bool operator==(const Range&) const = default;
};

/// Whole numbers from `low` to `high`, both included.
struct WholeRange {
  int low{}, high{};
  bool operator==(const WholeRange&) const = default;
};

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

namespace detail {

inline std::string interval(double low, double high) {
  std::ostringstream out;
  out << low << " .. " << high;
  return out.str();
}

}  // namespace detail

/// Throws Error unless lowest <= range.low <= range.high <= highest, all of them numbers and the range finite. `where`: the option's name.
inline void require_range(const char* where, const Range& range, double lowest, double highest) {
  // Written so that NaN fails.
  if (range.low >= lowest && range.low <= range.high && range.high <= highest && range.low > -kNoLimit && range.high < kNoLimit) return;
  throw Error({.what = "bad augmentation settings",
               .where = where,
               .expected = "a range, low <= high, within " + detail::interval(lowest, highest),
               .got = detail::interval(range.low, range.high)});
}

inline void require_range(const char* where, const WholeRange& range, int lowest, int highest) {
  require_range(where, Range{static_cast<double>(range.low), static_cast<double>(range.high)}, lowest, highest);
}

/// Throws Error unless lowest <= value <= highest.
inline void require_value(const char* where, double value, double lowest, double highest) {
  if (value >= lowest && value <= highest) return;
  std::ostringstream got;
  got << value;
  throw Error({.what = "bad augmentation settings", .where = where, .expected = detail::interval(lowest, highest), .got = got.str()});
}

}  // namespace scriba::augment
