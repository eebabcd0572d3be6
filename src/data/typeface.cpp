#include "typeface.hpp"

#include <mutex>

#include <opencv2/imgproc.hpp>
#if __has_include(<opencv2/freetype.hpp>)
#include <opencv2/freetype.hpp>
#define SCRIBA_DATA_FREETYPE 1
#endif

#include <scriba/core/error.hpp>
#include <scriba/data/synthetic_text.hpp>

namespace scriba::data {

std::vector<std::filesystem::path> system_fonts() {
  std::vector<std::filesystem::path> out;
#ifdef SCRIBA_DATA_FREETYPE
  for (const char* folder : {"/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu"})
    for (const char* name : {"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf"})
      if (auto file = std::filesystem::path(folder) / name; std::filesystem::exists(file)) out.push_back(std::move(file));
#endif
  return out;
}

namespace detail {

struct Typeface::Font {
#ifdef SCRIBA_DATA_FREETYPE
  cv::Ptr<cv::freetype::FreeType2> outlines;
#endif
  int strokes = -1;
  std::mutex mutex;

  static constexpr int kStrokes[] = {cv::FONT_HERSHEY_SIMPLEX, cv::FONT_HERSHEY_DUPLEX, cv::FONT_HERSHEY_COMPLEX, cv::FONT_HERSHEY_TRIPLEX};
  // Letters of scale 1 are so many pixels high.
  static double scale(int height) { return height / 21.0; }
  static int thickness(int height) { return std::max(1, height / 12); }

  // Width of the text with a bar at each end: sizes leave spaces at the ends out.
  int width(const std::string& text, int height) {
    const auto barred = "|" + text + "|";
#ifdef SCRIBA_DATA_FREETYPE
    if (strokes < 0) return outlines->getTextSize(barred, height, -1, nullptr).width;
#endif
    return cv::getTextSize(barred, kStrokes[strokes], scale(height), thickness(height), nullptr).width;
  }

  void draw(cv::Mat& canvas, const std::string& character, cv::Point baseline, int height) {
#ifdef SCRIBA_DATA_FREETYPE
    if (strokes < 0) return outlines->putText(canvas, character, baseline, height, cv::Scalar::all(255), -1, cv::LINE_AA, true);
#endif
    cv::putText(canvas, character, baseline, kStrokes[strokes], scale(height), cv::Scalar::all(255), thickness(height), cv::LINE_AA);
  }
};

Typeface::Typeface(const std::filesystem::path& font) : font_(std::make_unique<Font>()) {
  const auto bad = [&](std::string expected, std::string got) {
    return Error({.what = "cannot use a font", .where = font.string(), .expected = std::move(expected), .got = std::move(got)});
  };
  if (!std::filesystem::is_regular_file(font)) throw bad("a font file", "no such file");
#ifdef SCRIBA_DATA_FREETYPE
  try {
    font_->outlines = cv::freetype::createFreeType2();
    font_->outlines->loadFontData(font.string(), 0);
  } catch (const cv::Exception&) {
    throw bad("a TrueType or OpenType font", "another file, or a damaged one");
  }
#else
  throw bad("OpenCV with its freetype module", "one without");
#endif
}

Typeface::Typeface(int strokes) : font_(std::make_unique<Font>()) { font_->strokes = strokes; }
Typeface::~Typeface() = default;
Typeface::Typeface(Typeface&&) noexcept = default;

Ribbon Typeface::write(const std::vector<std::string>& characters, int height, double spacing) const {
  const std::scoped_lock lock(font_->mutex);
  Ribbon out;
  const int bars = font_->width("", height);
  std::string before;
  const double margin = height / 2.0;
  for (std::size_t i = 0; i <= characters.size(); ++i) {
    out.edges.push_back(static_cast<float>(margin + font_->width(before, height) - bars + static_cast<double>(i) * spacing));
    if (i < characters.size()) before += characters[i];
  }
  // Room for accents above and for what hangs below the line.
  cv::Mat canvas = cv::Mat::zeros(5 * height / 2, static_cast<int>(out.edges.back() + margin), CV_8UC3);
  for (std::size_t i = 0; i < characters.size(); ++i)
    if (characters[i] != " ") font_->draw(canvas, characters[i], {cvRound(out.edges[i]), 8 * height / 5}, height);
  cv::Mat mask, rows;
  cv::extractChannel(canvas, mask, 0);
  cv::reduce(mask, rows, 1, cv::REDUCE_MAX);
  std::vector<cv::Point> seen;
  cv::findNonZero(rows > 64, seen);
  if (seen.empty()) return out;
  out.top = static_cast<float>(seen.front().y);
  out.bottom = static_cast<float>(seen.back().y);
  out.mask = std::move(mask);
  return out;
}

}  // namespace detail

}  // namespace scriba::data
