#pragma once

#include <memory>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include <scriba/nn/named_output.hpp>

namespace scriba::engine {

/// Runs a composed model as it is, by LibTorch. The model must be in evaluation mode.
template <class Model>
class Eager {
 public:
  explicit Eager(std::shared_ptr<const Model> model) : model_(std::move(model)) {}

  /// In: [N, C, H, W] of any type, on any device. Out: what the model's head returns, float32 on the CPU.
  NamedTensors run(const at::Tensor& batch) const {
    const c10::InferenceMode no_gradients;
    NamedTensors out = named_tensors(model_->forward(model_->like_parameters(batch)));
    for (auto& tensor : out) tensor.value = tensor.value.to(at::kCPU, at::kFloat).contiguous();
    return out;
  }

  std::string name() const { return "LibTorch"; }

 private:
  std::shared_ptr<const Model> model_;
};

}  // namespace scriba::engine
