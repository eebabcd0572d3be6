#pragma once

#include <scriba/image/line.hpp>
#include <scriba/image/normalize.hpp>
#include <scriba/image/resize.hpp>

namespace scriba {

/// How an image becomes a detector's input. Part of the model: a network only works with what it was trained on.
struct DetectorInput {
  DetectorResize resize = {};
  Normalization normalization = {};
};

/// What becomes of a line that is longer than the recogniser takes (LineSize::max_width).
enum class LongLines {
  squeeze,  ///< loses resolution: the reference, which was trained so
  split     ///< read in overlapping windows, whose texts are merged
};

/// How a crop is read that is at least kTallLine times as high as wide: its text mostly runs up or down.
enum class TallLines {
  upright,   ///< like any other; a Reader has turned such lines before
  best_turn  ///< as it is, turned left and turned right; the best score counts. Turned, only texts of two characters or more do
};
inline constexpr double kTallLine = 1.5;

inline bool is_tall(cv::Size crop) { return crop.height >= kTallLine * crop.width; }

/// How crops of text lines become a recogniser's input, and how many go through the network at once.
struct LineInput {
  LineSize size = {};
  Normalization normalization = {};
  LongLines long_lines = LongLines::squeeze;  ///< results other than transcripts are always of the squeezed line
  TallLines tall_lines = TallLines::upright;  ///< transcripts only
  int max_batch = 8;
  int max_batch_columns = 8 * 640;  ///< of all canvases of a batch: keeps memory flat for long lines
};

}  // namespace scriba
