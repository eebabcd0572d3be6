#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace scriba {

/// What every loss returns: the total to call `backward()` on, and the named terms it is made of (for logs).
struct LossTerms {
  at::Tensor total;  ///< 0-d
  std::vector<std::pair<std::string, at::Tensor>>
      terms;  ///< 0-d each, or counts of what was left out; each loss says which and whether weighted
};

}  // namespace scriba
