#pragma once

#include <cstddef>
#include <string>

#include <c10/util/StringUtil.h>

#include <scriba/core/error.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

/// Throws Error unless each level is twice as large as the next, as they are when the image's sides are multiples of the coarsest stride.
/// Necks that add upsampled maps call it: other sizes would fail inside torch, or, one pixel large, be broadcast.
inline void require_doubling(const Features& levels) {
  for (std::size_t i = 1; i < levels.size(); ++i)
    for (const auto axis : {2, 3})
      if (levels[i - 1].size(axis) != 2 * levels[i].size(axis))
        throw Error({.what = "the image's sides do not fit the network",
                     .where = "feature levels " + std::to_string(i - 1) + " and " + std::to_string(i),
                     .expected = "each twice as large as the next (sides that are multiples of the coarsest stride)",
                     .got = c10::str(levels[i - 1].sizes(), " and ", levels[i].sizes())});
}

}  // namespace scriba::neck
