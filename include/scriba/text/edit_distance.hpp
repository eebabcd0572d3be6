#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include <scriba/text/utf8.hpp>

namespace scriba {

/// Levenshtein distance in code points: the fewest insertions, deletions and replacements that make `b` of `a`.
/// No normalisation: a letter with a combining accent is two code points. Throws Error for text that is not UTF-8.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto x = utf8::code_points(a), y = utf8::code_points(b);
  std::vector<std::size_t> row(y.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= x.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= y.size(); ++j) {
      const std::size_t replaced = diagonal + (x[i - 1] == y[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// 1 - distance / length of the longer text, 0..1; 1 for two empty texts. ICDAR calls its mean over a data set 1-NED.
inline double text_similarity(std::string_view a, std::string_view b) {
  const std::size_t longer = std::max(utf8::count(a), utf8::count(b));
  return longer == 0 ? 1.0 : 1.0 - static_cast<double>(edit_distance(a, b)) / static_cast<double>(longer);
}

}  // namespace scriba
