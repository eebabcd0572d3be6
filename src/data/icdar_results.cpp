#include <scriba/data/icdar_results.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/text/utf8.hpp>

#include "label_text.hpp"

namespace scriba::data {

namespace {

metric::ReadText reading(std::string_view line, const std::string& where) {
  constexpr std::size_t kNumbers = 8;
  auto rest = line;
  std::vector<std::string_view> fields;
  for (auto comma = rest.find(','); fields.size() < kNumbers && comma != std::string_view::npos; comma = rest.find(',')) {
    fields.push_back(rest.substr(0, comma));
    rest.remove_prefix(comma + 1);
  }
  const auto values = detail::numbers(fields);
  if (fields.size() < kNumbers || !values || !utf8::valid(rest))
    throw detail::bad_label(where, "x1,y1,x2,y2,x3,y3,x4,y4,text, in UTF-8", line);
  return {detail::corners(*values), std::string(rest)};
}

void write_corners(std::ostream& out, std::span<const Point> corners) {
  const char* before = "";
  for (const Point& p : corners) {
    out << before << std::lround(p.x) << ',' << std::lround(p.y);
    before = ",";
  }
}

}  // namespace

std::vector<Polygon> parse_icdar_results(std::string_view content, const std::string& where, bool clockwise_only) {
  std::vector<Polygon> out;
  detail::each_line(content, [&](std::string_view line, std::size_t number) {
    const auto values = detail::numbers(detail::split(line, ','));
    if (!values || values->size() < 6 || values->size() % 2 != 0)
      throw detail::bad_label(detail::line_of(where, number), "x1,y1,...,xn,yn with three corners or more", line);
    out.push_back(detail::corners(*values));
    if (clockwise_only && signed_area(out.back()) <= 0)
      throw detail::bad_label(detail::line_of(where, number), "corners in clockwise order", line);
  });
  return out;
}

std::vector<Polygon> read_icdar_results(const std::filesystem::path& path, bool clockwise_only) {
  return parse_icdar_results(detail::file_content(path), path.string(), clockwise_only);
}

std::string icdar_results(std::span<const Polygon> regions) {
  std::ostringstream out;
  for (const auto& region : regions) {
    write_corners(out, region);
    out << '\n';
  }
  return out.str();
}

std::vector<metric::ReadText> parse_icdar_readings(std::string_view content, const std::string& where) {
  std::vector<metric::ReadText> out;
  detail::each_line(content,
                    [&](std::string_view line, std::size_t number) { out.push_back(reading(line, detail::line_of(where, number))); });
  return out;
}

std::vector<metric::ReadText> read_icdar_readings(const std::filesystem::path& path) {
  return parse_icdar_readings(detail::file_content(path), path.string());
}

std::string icdar_readings(std::span<const metric::ReadText> readings) {
  std::ostringstream out;
  for (const auto& [polygon, text] : readings) {
    if (polygon.size() == 4)
      write_corners(out, polygon);
    else
      write_corners(out, min_area_quad(polygon).corners);
    auto line = text;
    std::ranges::replace_if(
        line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out << ',' << line << '\n';
  }
  return out.str();
}

}  // namespace scriba::data
