#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace scriba::data::detail {

/// A word as it lies before it is bent: letters in a row.
struct Ribbon {
  cv::Mat mask;              ///< 8 bit, 0 nothing .. 255 letter; empty when nothing can be seen
  std::vector<float> edges;  ///< columns where characters begin, and where the last one ends
  float top{}, bottom{};     ///< first and last row with a letter's pixel
};

/// One font. Safe from several threads: they take turns.
class Typeface {
 public:
  /// Throws Error for a file that is no font, and when OpenCV has no module for fonts.
  explicit Typeface(const std::filesystem::path& font);
  /// OpenCV's strokes, 0 to 3. ASCII alone.
  explicit Typeface(int strokes);
  ~Typeface();
  Typeface(Typeface&&) noexcept;

  /// `height`: of letters, about, in pixels; `spacing`: pixels between letters besides the font's own.
  Ribbon write(const std::vector<std::string>& characters, int height, double spacing) const;

 private:
  struct Font;
  std::unique_ptr<Font> font_;
};

}  // namespace scriba::data::detail
