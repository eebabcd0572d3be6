#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#if __has_include(<opencv2/freetype.hpp>)
#include <opencv2/freetype.hpp>
#define SCRIBA_DRAW_FREETYPE 1
#endif

#include <scriba/core/error.hpp>
#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/text/utf8.hpp>

namespace scriba {

/// One thing to draw: an outline, and what was read in it (may be empty).
struct DrawnText {
  Polygon polygon;
  std::string text;
  float score{};
};

/// Writes text of any script into pictures. Two fonts share the work: a Latin, Greek and Cyrillic one and one for the rest.
/// Without fonts or OpenCV's freetype module, ASCII is drawn with OpenCV's strokes and other characters as boxes.
class TextPen {
 public:
  TextPen() {
#ifdef SCRIBA_DRAW_FREETYPE
    load(latin_,
         {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/dejavu/DejaVuSans.ttf",
          "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf", "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"});
    load(wide_, {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
                 "/usr/share/fonts/google-droid/DroidSansFallback.ttf", "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"});
    if (latin_.empty()) latin_ = wide_;
    if (wide_.empty()) wide_ = latin_;
#endif
  }

  /// Draws into an 8-bit BGR picture; `corner` is the bottom left of the text, `height` the letters' height in pixels.
  void write(cv::Mat& picture, const std::string& text, cv::Point corner, int height, const cv::Scalar& color) {
    each_run(text, height, [&](const std::string& run, bool latin, int width) {
      draw_run(picture, run, latin, corner, height, color);
      corner.x += width;
    });
  }

  /// Columns that a text of this height takes.
  int width(const std::string& text, int height) {
    int sum = 0;
    each_run(text, height, [&](const std::string&, bool, int width) { sum += width; });
    return sum;
  }

 private:
  template <class Do>
  void each_run(const std::string& text, int height, Do&& act) {
    if (!utf8::valid(text)) return;
    std::string run;
    bool latin = true;
    const auto finish = [&] {
      if (!run.empty()) act(run, latin, run_width(run, latin, height));
      run.clear();
    };
    for (const auto& character : utf8::code_points(text)) {
      const bool is_latin = in_latin_font(utf8::value(character));
      if (is_latin != latin) finish();
      latin = is_latin;
      run += character;
    }
    finish();
  }

  // What DejaVu Sans and its like hold: Latin, Greek, Cyrillic, Hebrew, Arabic, punctuation, arrows, mathematics; not the rest of the
  // world.
  static bool in_latin_font(char32_t c) {
    return c < 0x0700 || (c >= 0x1D00 && c < 0x2E80) || (c >= 0xFB00 && c < 0xFE00) || (c >= 0xFE70 && c < 0xFF00);
  }

  static int stroke_width(const std::string& run, int height) {
    return static_cast<int>(static_cast<double>(utf8::code_points(run).size()) * 0.8 * height);
  }

#ifdef SCRIBA_DRAW_FREETYPE
  using Font = cv::Ptr<cv::freetype::FreeType2>;

  static void load(Font& font, const std::vector<std::string>& files) {
    for (const auto& file : files) {
      if (!std::filesystem::exists(file)) continue;
      try {
        font = cv::freetype::createFreeType2();
        font->loadFontData(file, 0);
        return;
      } catch (const cv::Exception&) {
        font.release();  // a damaged font file: the next one may do
      }
    }
  }

  int run_width(const std::string& run, bool latin, int height) {
    const Font& font = latin ? latin_ : wide_;
    if (font.empty()) return stroke_width(run, height);
    const int space = static_cast<int>(std::count(run.begin(), run.end(), ' ')) * height / 3;  // getTextSize leaves trailing spaces out
    return font->getTextSize(run, height, -1, nullptr).width + (run.back() == ' ' || run.front() == ' ' ? space : 0) + height / 8;
  }

  void draw_run(cv::Mat& picture, const std::string& run, bool latin, cv::Point corner, int height, const cv::Scalar& color) {
    const Font& font = latin ? latin_ : wide_;
    if (font.empty()) return draw_strokes(picture, run, corner, height, color);
    font->putText(picture, run, corner, height, color, -1, cv::LINE_AA, true);
  }

  Font latin_, wide_;
#else
  static int run_width(const std::string& run, bool, int height) { return stroke_width(run, height); }
  static void draw_run(cv::Mat& picture, const std::string& run, bool, cv::Point corner, int height, const cv::Scalar& color) {
    draw_strokes(picture, run, corner, height, color);
  }
#endif

  static void draw_strokes(cv::Mat& picture, const std::string& run, cv::Point corner, int height, const cv::Scalar& color) {
    for (const auto& character : utf8::code_points(run)) {
      if (character.size() == 1)
        cv::putText(picture, character, corner, cv::FONT_HERSHEY_SIMPLEX, height / 30.0, color, 1, cv::LINE_AA);
      else
        cv::rectangle(picture, corner - cv::Point(0, height * 3 / 4), corner + cv::Point(height * 3 / 5, 0), color);
      corner.x += static_cast<int>(0.8 * height);
    }
  }
};

namespace detail {

// A white tile with one line of text as large as it fits, readable after it is laid on a quad of this size: tall quads get it turned.
inline cv::Mat text_tile(TextPen& pen, const std::string& text, cv::Size size, const cv::Scalar& color) {
  const bool tall = size.height >= 1.5 * size.width && utf8::valid(text) && utf8::count(text) > 1;
  const cv::Size upright = tall ? cv::Size(size.height, size.width) : size;
  int height = std::max(4, static_cast<int>(0.75 * upright.height));
  if (const int wide = pen.width(text, height); wide > upright.width)
    height = std::max(4, static_cast<int>(static_cast<double>(height) * upright.width / wide));
  cv::Mat tile(upright, CV_8UC3, cv::Scalar::all(255));
  pen.write(tile, text, {0, (upright.height + height * 3 / 4) / 2}, height, color);
  if (tall) cv::rotate(tile, tile, cv::ROTATE_90_CLOCKWISE);
  return tile;
}

// Lays the text on the page where the quad is, in the quad's perspective.
inline void lay_text(TextPen& pen, cv::Mat& page, const Quad& quad, const std::string& text, const cv::Scalar& color) {
  constexpr double kLongest = 4096;
  const auto side = [&](double a, double b) { return static_cast<int>(std::clamp(std::max(a, b), 1.0, kLongest)); };
  const cv::Size size(side(distance(quad[0], quad[1]), distance(quad[3], quad[2])),
                      side(distance(quad[0], quad[3]), distance(quad[1], quad[2])));
  const cv::Rect place = pixel_bounds(quad) & cv::Rect(0, 0, page.cols, page.rows);
  if (place.empty() || std::max(place.width, place.height) > 32'000) return;
  const Point origin(static_cast<float>(place.x), static_cast<float>(place.y));
  const float w = static_cast<float>(size.width), h = static_cast<float>(size.height);
  const std::array<Point, 4> from{Point(0, 0), Point(w, 0), Point(w, h), Point(0, h)};
  const std::array<Point, 4> to{quad[0] - origin, quad[1] - origin, quad[2] - origin, quad[3] - origin};
  const cv::Mat transform = cv::getPerspectiveTransform(from.data(), to.data());
  if (!cv::checkRange(transform) || std::abs(cv::determinant(transform)) < 1e-12) return;
  cv::Mat part = page(place);
  cv::warpPerspective(text_tile(pen, text, size, color), part, transform, place.size(), cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
}

}  // namespace detail

/// The image with every outline, and beside it a white page with the texts where they were found, each as large as its box allows and
/// in the colour of its outline. `with_texts` false: outlines only. The input is not changed. Outlines without points or with coordinates
/// that are not finite or beyond a million pixels are left out. Throws Error for an image that is not 8-bit BGR.
inline cv::Mat draw_texts(const cv::Mat& bgr, std::span<const DrawnText> texts, bool with_texts = true) {
  if (bgr.empty() || bgr.type() != CV_8UC3)
    throw Error({.what = "cannot draw on an image", .expected = "8-bit BGR", .got = bgr.empty() ? "none" : cv::typeToString(bgr.type())});
  static constexpr std::array<std::array<int, 3>, 8> kColors{
      {{180, 119, 31}, {14, 127, 255}, {44, 160, 44}, {40, 39, 214}, {189, 103, 148}, {75, 86, 140}, {194, 119, 227}, {207, 190, 23}}};
  cv::Mat marked = bgr.clone(), page(bgr.size(), CV_8UC3, cv::Scalar::all(255));
  const int thickness = std::max(1, std::max(bgr.cols, bgr.rows) / 800);
  TextPen pen;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& [b, g, r] = kColors[i % kColors.size()];
    const cv::Scalar color(b, g, r);
    const Polygon& polygon = texts[i].polygon;
    const auto far = [](const Point& p) { return std::max(std::abs(p.x), std::abs(p.y)) > 1e6f; };
    if (polygon.empty() || !finite(polygon) || std::any_of(polygon.begin(), polygon.end(), far)) continue;
    std::vector<cv::Point> outline;
    for (const Point& p : polygon) outline.emplace_back(cvRound(p.x), cvRound(p.y));
    cv::polylines(marked, outline, true, color, thickness, cv::LINE_AA);
    if (!with_texts || texts[i].text.empty()) continue;
    const Quad quad = polygon.size() == 4 ? Quad{polygon[0], polygon[1], polygon[2], polygon[3]} : min_area_quad(polygon).corners;
    detail::lay_text(pen, page, quad, texts[i].text, color);
    cv::polylines(page, outline, true, cv::Scalar::all(215), 1, cv::LINE_AA);
  }
  if (!with_texts) return marked;
  cv::Mat both;
  cv::hconcat(marked, page, both);
  return both;
}

}  // namespace scriba
