#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>
#include <scriba/image/normalize.hpp>

namespace scriba {

/// How wide a crop of w x h pixels becomes. The order of operations decides some widths, so it is each model's own.
enum class LineWidth {
  paddle,       ///< ceil(height * (w / h)): PP-OCR
  truncated,    ///< int(height / h * w): the reference's training and evaluation
  whole_fours,  ///< ceil(height / h * w / 4) * 4: the reference's inference script
};

/// What fills the canvas to the right of the line.
enum class LinePadding {
  zero,   ///< 0 after normalisation: PP-OCR
  black,  ///< black pixels, normalised with the others: the reference
};

/// From the crop of a text line to a recogniser's input: scaled to `height` rows, put at the left of a canvas.
///
/// The canvas width depends on the crop alone, never on the crops read with it, so a line's text does not either. The deployed
/// PP-OCR recognisers read short crops better on a canvas of 320 columns than on a tight one.
struct LineSize {
  int height = 48;
  int min_canvas = 320;
  int step = 32;         ///< wider canvases are multiples of this: few different shapes keep memory flat
  int max_width = 3200;  ///< longer lines are squeezed: 1.8 MB of input a line
  LineWidth by = LineWidth::paddle;
  LinePadding padding = LinePadding::zero;

  /// Columns that the crop takes on the canvas, 1..max_width. Throws Error for a crop without pixels.
  int width(cv::Size crop) const {
    if (crop.width < 1 || crop.height < 1) throw Error({.what = "cannot read a crop", .expected = "at least one pixel"});
    const double w = crop.width, h = crop.height, rows = height;
    const double wide = by == LineWidth::paddle      ? std::ceil(rows * (w / h))
                        : by == LineWidth::truncated ? std::trunc(rows / h * w)
                                                     : std::ceil(rows / h * w / 4) * 4;
    return static_cast<int>(std::clamp(wide, 1.0, static_cast<double>(max_width)));
  }

  /// True when the line is longer than the recogniser takes and loses resolution.
  bool squeezed(cv::Size crop) const { return static_cast<double>(height) * crop.width > static_cast<double>(max_width) * crop.height; }

  int canvas(cv::Size crop) const {
    const int wide = width(crop);
    return wide <= min_canvas ? min_canvas : (wide + step - 1) / step * step;
  }

  std::string describe() const {
    return std::to_string(height) + " rows, canvas of at least " + std::to_string(min_canvas) + " columns, lines up to " +
           std::to_string(max_width) + ", filled with " + (padding == LinePadding::zero ? "zeros" : "black");
  }
};

/// The reference's recogniser input: 32 x 100, shorter lines filled with black, longer ones squeezed.
constexpr LineSize crnn_line_size(LineWidth by = LineWidth::truncated) {
  return {.height = 32, .min_canvas = 100, .step = 4, .max_width = 100, .by = by, .padding = LinePadding::black};
}

/// Scales a crop (8-bit BGR, or grey for a grey network) and writes it as float planes [planes, height, canvas] at `out`, whole canvas
/// filled. `canvas`: columns, at least the line's width, as LineSize::canvas gives it. Throws Error as normalize_into does.
inline void write_line(const cv::Mat& crop, const LineSize& size, const Normalization& normalization, int canvas, float* out) {
  cv::Mat source = crop, line;
  if (normalization.order == ChannelOrder::grey && crop.type() == CV_8UC3) cv::cvtColor(crop, source, cv::COLOR_BGR2GRAY);
  cv::resize(source, line, {size.width(crop.size()), size.height}, 0, 0, cv::INTER_LINEAR);
  const auto plane = static_cast<std::int64_t>(size.height) * canvas;
  normalize_into(line, normalization, out, canvas, plane);
  for (int c = 0; c < plane_count(normalization.order); ++c) {
    const float fill = size.padding == LinePadding::zero ? 0.0f : normalized_black(normalization, c);
    for (int y = 0; y < size.height; ++y) {
      float* row = out + c * plane + static_cast<std::int64_t>(y) * canvas;
      std::fill(row + line.cols, row + canvas, fill);
    }
  }
}

}  // namespace scriba
