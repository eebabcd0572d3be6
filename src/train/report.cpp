#include <scriba/train/report.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <utility>

#include <opencv2/imgcodecs.hpp>

#include <scriba/core/write_file.hpp>

namespace scriba::train {

namespace {

struct Curve {
  std::string kind, name;
  std::vector<std::pair<double, double>> points;  // step, value
};

std::vector<Curve> curves_of(std::span<const LogLine> log) {
  std::vector<Curve> out;
  for (const auto& line : log)
    for (const auto& [name, value] : line.values) {
      if (!std::isfinite(value)) continue;
      auto found = std::ranges::find_if(out, [&](const auto& curve) { return curve.kind == line.kind && curve.name == name; });
      if (found == out.end()) found = out.insert(out.end(), {line.kind, name, {}});
      found->points.emplace_back(static_cast<double>(line.step), value);
    }
  return out;
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string base64(const std::vector<unsigned char>& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) -> std::uint32_t { return i + k < bytes.size() ? bytes[i + k] : 0; };
    const std::uint32_t three = at(0) << 16 | at(1) << 8 | at(2);
    out += kDigits[three >> 18];
    out += kDigits[three >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[three >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[three & 63] : '=';
  }
  return out;
}

// A chart of one curve, with the extremes written at its axes.
void write_chart(std::ostream& out, const Curve& curve) {
  constexpr double kWidth = 420, kHeight = 200, kLeft = 60, kTop = 10, kRight = 10, kBottom = 24;
  auto [x0, y0] = curve.points.front();
  double x1 = x0, y1 = y0;
  for (const auto& [x, y] : curve.points) x0 = std::min(x0, x), x1 = std::max(x1, x), y0 = std::min(y0, y), y1 = std::max(y1, y);
  const double wide = x1 > x0 ? x1 - x0 : 1, high = y1 > y0 ? y1 - y0 : 1;
  const auto px = [&](double x) { return number(kLeft + (x - x0) / wide * (kWidth - kLeft - kRight)); };
  const auto py = [&](double y) { return number(kHeight - kBottom - (y - y0) / high * (kHeight - kTop - kBottom)); };
  const auto label = [&](double x, double y, const char* anchor, const std::string& text) {
    out << "<text x=\"" << number(x) << "\" y=\"" << number(y) << "\" text-anchor=\"" << anchor << "\">" << text << "</text>";
  };
  out << "<figure><figcaption>" << escaped(curve.kind) << ": " << escaped(curve.name) << "</figcaption><svg viewBox=\"0 0 420 200\">"
      << "<path class=\"axis\" d=\"M" << kLeft << ' ' << kTop << 'V' << kHeight - kBottom << 'H' << kWidth - kRight << "\"/>"
      << "<path class=\"curve\" d=\"";
  char command = 'M';
  for (const auto& [x, y] : curve.points) out << std::exchange(command, 'L') << px(x) << ' ' << py(y);
  out << "\"/>";
  if (curve.points.size() == 1) out << "<circle cx=\"" << px(x0) << "\" cy=\"" << py(y0) << "\" r=\"3\"/>";
  label(kLeft - 4, kTop + 8, "end", number(y1));
  label(kLeft - 4, kHeight - kBottom, "end", number(y0));
  label(kLeft, kHeight - 8, "start", number(x0));
  label(kWidth - kRight, kHeight - 8, "end", number(x1));
  out << "</svg></figure>\n";
}

void write_validations(std::ostream& out, std::span<const LogLine> log) {
  bool begun = false;
  for (const auto& line : log) {
    if (line.kind != "validate") continue;
    if (!std::exchange(begun, true)) {
      out << "<h2>Validation</h2><table><tr><th>step</th>";
      for (const auto& [name, value] : line.values) out << "<th>" << escaped(name) << "</th>";
      out << "</tr>\n";
    }
    out << "<tr><td>" << line.step << "</td>";
    for (const auto& [name, value] : line.values) out << "<td>" << number(value) << "</td>";
    out << "</tr>\n";
  }
  if (begun) out << "</table>\n";
}

constexpr const char* kStyle =
    "body{font-family:sans-serif;margin:2em;color:#222}figure{display:inline-block;width:420px;margin:0 1em 1em 0;vertical-align:top}"
    "svg{width:100%}svg text{font-size:11px;fill:#555}.axis{stroke:#999;fill:none}.curve{stroke:#1565c0;fill:none;stroke-width:1.5}"
    "circle{fill:#1565c0}img{max-width:100%}table{border-collapse:collapse}td,th{padding:.2em .8em;border-bottom:1px solid "
    "#ccc;text-align:right}";

}  // namespace

void write_report(const std::filesystem::path& path, const std::string& title, std::span<const LogLine> log,
                  std::span<const ReportPicture> pictures) {
  std::ostringstream html;
  html << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" << escaped(title) << "</title><style>" << kStyle
       << "</style></head><body>\n<h1>" << escaped(title) << "</h1>\n";
  write_validations(html, log);
  html << "<h2>Curves</h2>\n";
  for (const auto& curve : curves_of(log)) write_chart(html, curve);
  if (!pictures.empty()) html << "<h2>Pictures</h2>\n";
  for (const auto& picture : pictures) {
    std::vector<unsigned char> bytes;
    if (picture.image.empty() || !cv::imencode(".jpg", picture.image, bytes)) continue;
    const auto caption = escaped(picture.caption);
    html << "<figure><img alt=\"" << caption << "\" src=\"data:image/jpeg;base64," << base64(bytes) << "\"><figcaption>" << caption
         << "</figcaption></figure>\n";
  }
  html << "</body></html>\n";

  write_file(path, html.str(), "cannot write a report");
}

}  // namespace scriba::train
