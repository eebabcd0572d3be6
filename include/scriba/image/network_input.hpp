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

/// How crops of text lines become a recogniser's input, and how many go through the network at once.
struct LineInput {
  LineSize size = {};
  Normalization normalization = {};
  int max_batch = 8;
  int max_batch_columns = 8 * 640;  ///< of all canvases of a batch: keeps memory flat for long lines
};

}  // namespace scriba
