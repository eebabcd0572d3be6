#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/target/text_annotation.hpp>

/// Labels of pages in ICDAR's text form: a file an image, a text a line, `x1,y1,x2,y2,...,transcription`. `###` marks what is not to be
/// read.
namespace scriba::data {

enum class Transcription {
  after_eight_numbers,  ///< ICDAR's own rule: four corners, and all that follows, commas too; quotes around it are removed
  after_last_comma,     ///< of later projects: any number of corners, and what follows the last comma
};

struct IcdarLabelOptions {
  Transcription transcription = Transcription::after_eight_numbers;
  bool clockwise_only = false;  ///< refuse corners in the other order, as ICDAR's program does
};

namespace detail {

inline std::optional<float> coordinate(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  float value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

// Corners from the first `count` comma-separated fields; nothing when one is no number.
inline std::optional<Polygon> corners(std::span<const std::string_view> fields) {
  Polygon out;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto x = coordinate(fields[i]), y = coordinate(fields[i + 1]);
    if (!x || !y) return {};
    out.emplace_back(*x, *y);
  }
  return out;
}

inline std::vector<std::string_view> fields(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0;;) {
    const auto comma = line.find(',', begin);
    out.push_back(line.substr(begin, comma - begin));
    if (comma == std::string_view::npos) return out;
    begin = comma + 1;
  }
}

// ICDAR writes "text" with \" for " and \\ for a backslash.
inline std::string unquoted(std::string_view text) {
  const auto first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
  if (first == std::string_view::npos || last == first || text[first] != '"' || text[last] != '"') return std::string(text);
  std::string out;
  for (std::size_t i = first + 1; i < last; ++i) {
    if (text[i] == '\\' && i + 1 < last && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    out += text[i];
  }
  return out;
}

// parse(line, ": line 3 of ...") for each line that is not empty; a byte order mark and carriage returns are dropped.
template <class Parse>
void each_line(std::string_view content, const std::string& where, const Parse& parse) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  for (std::size_t number = 1; !content.empty(); ++number) {
    const auto end = std::min(content.find('\n'), content.size());
    auto line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(' ') != std::string_view::npos) parse(line, where + ", line " + std::to_string(number));
  }
}

[[noreturn]] inline void refuse_label(const std::string& where, const char* expected, std::string_view got) {
  throw Error({.what = "cannot read labels", .where = where, .expected = expected, .got = "'" + std::string(got.substr(0, 80)) + "'"});
}

inline void require_clockwise(const Polygon& polygon, bool required, const std::string& where, std::string_view line) {
  if (required && signed_area(polygon) <= 0) refuse_label(where, "corners in clockwise order", line);
}

inline std::string file_content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string out{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    throw Error({.what = "cannot read labels", .where = path.string(), .got = "no such file, or no permission"});
  return out;
}

}  // namespace detail

/// The texts of one image. `where` names the source in errors. Throws Error at the first line of another form, with its number.
inline std::vector<target::TextAnnotation> parse_icdar_labels(std::string_view content, const std::string& where,
                                                              const IcdarLabelOptions& options = {}) {
  std::vector<target::TextAnnotation> out;
  detail::each_line(content, where, [&](std::string_view line, const std::string& place) {
    const auto fields = detail::fields(line);
    const bool eight = options.transcription == Transcription::after_eight_numbers;
    const std::size_t numbers = eight ? 8 : fields.size() - 1;
    const char* expected = eight ? "x1,y1,x2,y2,x3,y3,x4,y4,text" : "x1,y1,...,xn,yn,text with three corners or more";
    if (fields.size() <= numbers || numbers < 6 || numbers % 2 != 0) detail::refuse_label(place, expected, line);
    auto polygon = detail::corners({fields.data(), numbers});
    if (!polygon) detail::refuse_label(place, expected, line);
    detail::require_clockwise(*polygon, options.clockwise_only, place, line);
    // From the field after the numbers to the end of the line.
    const std::string_view rest(fields[numbers].data(), static_cast<std::size_t>(line.data() + line.size() - fields[numbers].data()));
    std::string text = eight ? detail::unquoted(rest) : std::string(rest);
    const bool ignore = text == "###";
    out.push_back({.polygon = std::move(*polygon), .transcription = std::move(text), .ignore = ignore});
  });
  return out;
}

/// As parse_icdar_labels, of a file.
inline std::vector<target::TextAnnotation> read_icdar_labels(const std::filesystem::path& path, const IcdarLabelOptions& options = {}) {
  return parse_icdar_labels(detail::file_content(path), path.string(), options);
}

/// The regions of one image as a detector's result file has them: `x1,y1,x2,y2,...` a line, three corners or more.
inline std::vector<Polygon> parse_icdar_results(std::string_view content, const std::string& where, bool clockwise_only = false) {
  std::vector<Polygon> out;
  detail::each_line(content, where, [&](std::string_view line, const std::string& place) {
    const auto fields = detail::fields(line);
    auto polygon = detail::corners(fields);
    if (!polygon || fields.size() < 6 || fields.size() % 2 != 0)
      detail::refuse_label(place, "x1,y1,...,xn,yn with three corners or more", line);
    detail::require_clockwise(*polygon, clockwise_only, place, line);
    out.push_back(std::move(*polygon));
  });
  return out;
}

/// As parse_icdar_results, of a file.
inline std::vector<Polygon> read_icdar_results(const std::filesystem::path& path, bool clockwise_only = false) {
  return parse_icdar_results(detail::file_content(path), path.string(), clockwise_only);
}

/// A result file: whole pixels, nearest, a region a line.
inline std::string icdar_results(std::span<const Polygon> regions) {
  std::ostringstream out;
  for (const auto& region : regions) {
    const char* before = "";
    for (const Point& p : region) {
      out << before << std::lround(p.x) << ',' << std::lround(p.y);
      before = ",";
    }
    out << '\n';
  }
  return out.str();
}

}  // namespace scriba::data
