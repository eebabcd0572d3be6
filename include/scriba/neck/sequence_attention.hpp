#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/sigmoid.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>

#include <scriba/core/error.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/module_list.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

struct SequenceAttentionOptions {
  std::int64_t frames = 25;  ///< of every line, W / 4 mostly: gates of channels look at all of them. 0: no gates of channels
  bool time = true;          ///< gates of frames
};

namespace detail {

// sigmoid of linear layers in a row, nothing between them. Name `attention`.
class SequenceGate final : public torch::nn::Cloneable<SequenceGate> {
 public:
  explicit SequenceGate(std::vector<std::int64_t> widths) : widths_(std::move(widths)) { reset(); }

  void reset() override {
    layers_ = register_module("attention", std::make_shared<nn::ModuleList<torch::nn::LinearImpl>>());
    for (std::size_t i = 1; i < widths_.size(); ++i)
      layers_->push_back(std::make_shared<torch::nn::LinearImpl>(widths_[i - 1], widths_[i]));
  }

  at::Tensor forward(at::Tensor x) {
    for (const auto& layer : *layers_) x = layer->forward(x);
    return at::sigmoid(x);
  }

 private:
  std::vector<std::int64_t> widths_;
  std::shared_ptr<nn::ModuleList<torch::nn::LinearImpl>> layers_;
};

}  // namespace detail

/// pytorchOCR's attention before the LSTMs: every channel is multiplied by a gate that looks at all of its frames, then every frame by a
/// gate that looks at all of its channels.
///
/// In: one level of one row, [N, C, 1, T], C a multiple of 8; with gates of channels T is the same for every line, as for the reference's
/// 100 columns. Out: the same. Throws Error for another T. Names `channel_attention.attention.N`, `time_attention.attention.N`.
class SequenceAttention final : public nn::Part<SequenceAttention, SequenceAttentionOptions, FeatureSpec> {
 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.is_sequence() && in[0].channels % 8 == 0; }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return in; }

  SequenceAttention(FeatureSpec in, SequenceAttentionOptions options) : Part(options), in_(in) {}

  void reset() override {
    const auto channels = in_[0].channels;
    const auto gate = [&](const char* name, std::vector<std::int64_t> widths) {
      return register_module(name, std::make_shared<detail::SequenceGate>(std::move(widths)));
    };
    channel_ = options_.frames > 0 ? gate("channel_attention", {options_.frames, 8, 1}) : nullptr;
    time_ = options_.time ? gate("time_attention", {channels, channels / 4, channels / 8, 1}) : nullptr;
  }

  Features forward(const Features& in) {
    auto x = in[0].flatten(2);  // [N, C, T]
    if (channel_) {
      require_frames(x.size(2));
      x = x * channel_->forward(x);
    }
    if (time_) x = x * time_->forward(x.transpose(1, 2)).transpose(1, 2);
    return {x.unsqueeze(2)};
  }

 private:
  void require_frames(std::int64_t frames) const {
    if (frames != options_.frames)
      throw Error({.what = "this attention needs lines of one length",
                   .where = "SequenceAttention",
                   .expected = std::to_string(options_.frames) + " frames",
                   .got = std::to_string(frames)});
  }

  FeatureSpec in_;
  std::shared_ptr<detail::SequenceGate> channel_, time_;
};

}  // namespace scriba::neck
