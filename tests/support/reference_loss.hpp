#pragma once
// A loss of the reference: what goes in and comes out, under its names.

#include <functional>
#include <map>
#include <string>

#include "support/golden.hpp"
#include "support/tensors.hpp"

namespace scriba::loss {}
namespace scriba::head {}

namespace golden {

using Tensors = std::map<std::string, at::Tensor>;

struct ReferenceLoss {
  at::Tensor total;
  Tensors terms;  // under the reference's names
};

/// Predictions and targets under the reference's names, and the arguments of its loss.
using ReferenceLossFunction = std::function<ReferenceLoss(const Tensors&, const nlohmann::json&)>;

namespace reference_loss {
using Arguments = nlohmann::json;
}
}  // namespace golden
