#pragma once
// How every reader of labels takes its text apart, and says what is wrong with it.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/data/bad_entry.hpp>
#include <scriba/geometry/polygon.hpp>

namespace scriba::data::detail {

/// Throws, or tells who asked to be told.
inline void report(const BadEntry& bad_entry, const Error& error) {
  if (!bad_entry) throw error;
  bad_entry(error);
}

/// 'text', cut off after 80 bytes.
inline std::string quoted(std::string_view text) {
  std::string out;  // built up piece by piece: g++ 12 warns falsely of "'" + ..., its bug 105651
  out.append("'").append(text.substr(0, 80)).append(text.size() > 80 ? "'..." : "'");
  return out;
}

/// The error for a line or entry of another form.
inline Error bad_label(const std::string& where, std::string expected, std::string_view got) {
  return Error({.what = "cannot read labels", .where = where, .expected = std::move(expected), .got = quoted(got)});
}

inline std::string file_content(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    throw Error({.what = "cannot read labels", .where = path.string(), .expected = "a file", .got = "a folder"});
  std::ifstream file(path, std::ios::binary);
  std::string out{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    throw Error({.what = "cannot read labels", .where = path.string(), .got = "no such file, or no permission"});
  return out;
}

inline std::string_view without_mark(std::string_view content) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  return content;
}

inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const auto first = text.find_first_not_of(kSpaces);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// act(line, number) for each line that is not empty; a byte order mark and carriage returns are dropped.
template <class Act>
void each_line(std::string_view content, const Act& act) {
  content = without_mark(content);
  for (std::size_t number = 1; !content.empty(); ++number) {
    const auto end = std::min(content.find('\n'), content.size());
    auto line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!trimmed(line).empty()) act(line, number);
  }
}

inline std::string line_of(const std::string& where, std::size_t number) { return where + ", line " + std::to_string(number); }

inline std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0;;) {
    const auto end = line.find(separator, begin);
    out.push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return out;
    begin = end + 1;
  }
}

/// A finite number, spaces around it allowed.
inline std::optional<float> number(std::string_view text) {
  text = trimmed(text);
  float value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

/// All fields as numbers; nothing when one is none.
inline std::optional<std::vector<float>> numbers(std::span<const std::string_view> fields) {
  std::vector<float> out;
  for (const auto field : fields) {
    const auto value = number(field);
    if (!value) return {};
    out.push_back(*value);
  }
  return out;
}

/// x1, y1, x2, y2, ...
inline Polygon corners(std::span<const float> values) {
  Polygon out;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) out.emplace_back(values[i], values[i + 1]);
  return out;
}

inline Polygon upright_box(float left, float top, float right, float bottom) {
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

/// The text between quotes, with \" for " and \\ for a backslash as ICDAR writes them; nothing when it is not in quotes.
inline std::optional<std::string> unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return {};
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace scriba::data::detail
