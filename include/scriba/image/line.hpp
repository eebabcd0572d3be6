#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>

namespace scriba {

/// From the crop of a text line to a recogniser's input: scaled to `height` rows, put at the left of a canvas of zeros (after
/// normalisation, that is mid grey).
///
/// The canvas width depends on the crop alone, never on the crops read with it, so a line's text does not either. The deployed
/// PP-OCR recognisers read short crops better on a canvas of 320 columns than on a tight one.
struct LineSize {
  int height = 48;
  int min_canvas = 320;
  int step = 32;         ///< wider canvases are multiples of this: few different shapes keep memory flat
  int max_width = 3200;  ///< longer lines are squeezed

  /// Columns that the crop takes on the canvas.
  int width(cv::Size crop) const {
    if (crop.width < 1 || crop.height < 1) throw Error({.what = "cannot read a crop", .expected = "at least one pixel"});
    const double wide = std::ceil(static_cast<double>(height) * crop.width / crop.height);
    return static_cast<int>(std::clamp(wide, 1.0, static_cast<double>(max_width)));
  }

  int canvas(cv::Size crop) const {
    const int wide = width(crop);
    return wide <= min_canvas ? min_canvas : (wide + step - 1) / step * step;
  }

  std::string describe() const {
    return std::to_string(height) + " rows, canvas of at least " + std::to_string(min_canvas) + " columns, lines up to " + std::to_string(max_width);
  }
};

}  // namespace scriba
