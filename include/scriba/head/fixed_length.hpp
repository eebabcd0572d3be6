#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <ATen/ops/relu.h>
#include <ATen/ops/softmax.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::head {

struct FixedLengthOptions {
  std::int64_t classes = 37;                  ///< the end of the text, which is class 0, and the characters
  std::int64_t positions = 26;                ///< characters of the longest text, and its end
  std::vector<std::int64_t> hidden = {1024};  ///< widths of the layers before the last, each with a ReLU
};

struct FixedLengthText {
  at::Tensor probability;  ///< [N, positions, classes], evaluation
  at::Tensor logits;       ///< [N, positions, classes], training only

  static constexpr auto fields() {
    using Field = nn::OutputField<FixedLengthText>;
    return std::array{Field{"probability", &FixedLengthText::probability}, Field{"logits", &FixedLengthText::logits, true}};
  }
};

namespace detail {

// A linear layer and a ReLU. Name `fc`.
class FixedLengthLayer final : public torch::nn::Cloneable<FixedLengthLayer> {
 public:
  FixedLengthLayer(std::int64_t in, std::int64_t out) : in_(in), out_(out) { reset(); }
  void reset() override { fc_ = register_module("fc", torch::nn::Linear(in_, out_)); }
  at::Tensor forward(const at::Tensor& x) { return at::relu(fc_->forward(x)); }

 private:
  std::int64_t in_, out_;
  torch::nn::Linear fc_{nullptr};
};

// Layers in a row. Name `block`.
class FixedLengthLayers final : public torch::nn::Cloneable<FixedLengthLayers> {
 public:
  FixedLengthLayers(std::int64_t in, std::vector<std::int64_t> widths) : in_(in), widths_(std::move(widths)) { reset(); }

  void reset() override {
    block_ = register_module("block", std::make_shared<nn::ModuleList<FixedLengthLayer>>());
    auto in = in_;
    for (const auto width : widths_) {
      block_->push_back(std::make_shared<FixedLengthLayer>(in, width));
      in = width;
    }
  }

  at::Tensor forward(at::Tensor x) {
    for (const auto& layer : *block_) x = layer->forward(x);
    return x;
  }

  std::int64_t out() const { return widths_.empty() ? in_ : widths_.back(); }

 private:
  std::int64_t in_;
  std::vector<std::int64_t> widths_;
  std::shared_ptr<nn::ModuleList<FixedLengthLayer>> block_;
};

}  // namespace detail

/// Classes for every position of a text of limited length, all at once from the mean over the map: the "character sequence" model of
/// Jaderberg et al., "Synthetic Data and Artificial Neural Networks for Natural Scene Text Recognition", 2014, section 3.2, as
/// pytorchOCR's FC recogniser has it. Needs neither a sequence nor an alignment, and cannot read longer texts.
///
/// In: one level of any height, [N, C, rows, T]. Names `fc_end.block.I.fc`, `fc_out`.
class FixedLength final : public nn::Part<FixedLength, FixedLengthOptions, FeatureSpec> {
 public:
  using Output = FixedLengthText;
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1; }

  FixedLength(FeatureSpec in, FixedLengthOptions options) : Part(std::move(options)), in_(in) {}

  void reset() override {
    layers_ = register_module("fc_end", std::make_shared<detail::FixedLengthLayers>(in_[0].channels, options_.hidden));
    out_ = register_module("fc_out", torch::nn::Linear(layers_->out(), options_.positions * options_.classes));
  }

  FixedLengthText forward(const Features& in) {
    const auto logits = out_->forward(layers_->forward(in[0].mean({2, 3}))).unflatten(1, {options_.positions, options_.classes});
    FixedLengthText out;
    if (is_training())
      out.logits = logits;
    else
      out.probability = at::softmax(logits, -1);
    return out;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<detail::FixedLengthLayers> layers_;
  torch::nn::Linear out_{nullptr};
};

}  // namespace scriba::head
