#include <cmath>
#include <scriba/data/icdar_results.hpp>
#include <sstream>

#include "label_text.hpp"

namespace scriba::data {

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
