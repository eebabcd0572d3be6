#pragma once

#include <cstdint>

namespace scriba {

/// How large images may be. Memory of the 8-bit colour image is three bytes a pixel.
struct ImageLimits {
  std::int64_t max_pixels = 120'000'000;  ///< refused above: 360 MB decoded
  int max_side = 65'500;                  ///< pixels
};

}  // namespace scriba
