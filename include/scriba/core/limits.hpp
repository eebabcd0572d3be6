#pragma once

#include <cstdint>

namespace scriba {

/// How large image files may be. At the defaults the pixels of a 24 million pixel photo take 72 MB; the worst that is let in, 16-bit
/// colour with transparency of the full size, takes 960 + 480 + 360 MB while it becomes 8-bit colour, and the file.
struct ImageLimits {
  std::int64_t max_pixels = 120'000'000;                     ///< width times height
  int max_side = 65'500;                                     ///< pixels; JPEG and PNG readers of this world stop there too
  std::int64_t max_bytes = std::int64_t{512} * 1024 * 1024;  ///< of the file
};

}  // namespace scriba
