#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <scriba/nn/activation.hpp>
#include <scriba/nn/module_list.hpp>

namespace scriba::nn {

struct TransformerBlockOptions {
  std::int64_t width = 120;
  std::int64_t heads = 8;
  std::int64_t mlp_width = 240;
  double dropout = 0.1;
  double epsilon = 1e-5;  ///< of the layer norms
};

/// Multi-head self-attention over a sequence [N, T, C]: Vaswani et al., "Attention Is All You Need", 2017, equation 1.
/// Names `qkv` (query, key, value of all heads in this order) and `proj`.
class SelfAttention final : public torch::nn::Cloneable<SelfAttention> {
 public:
  explicit SelfAttention(TransformerBlockOptions options) : options_(options) { reset(); }

  void reset() override {
    qkv_ = register_module("qkv", torch::nn::Linear(options_.width, 3 * options_.width));
    proj_ = register_module("proj", torch::nn::Linear(options_.width, options_.width));
    dropout_ = register_module("dropout", torch::nn::Dropout(options_.dropout));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto head = options_.width / options_.heads;
    const auto qkv = qkv_->forward(x).unflatten(2, {3, options_.heads, head}).permute({2, 0, 3, 1, 4});  // [3, N, heads, T, head]
    const auto query = qkv[0] * std::pow(static_cast<double>(head), -0.5);
    const auto attention = at::softmax(at::matmul(query, qkv[1].transpose(-2, -1)), -1);
    return dropout_->forward(proj_->forward(at::matmul(attention, qkv[2]).transpose(1, 2).flatten(2)));
  }

 private:
  TransformerBlockOptions options_;
  torch::nn::Linear qkv_{nullptr}, proj_{nullptr};
  torch::nn::Dropout dropout_{nullptr};
};

/// Linear, swish, linear. Names `fc1`, `fc2`.
class Mlp final : public torch::nn::Cloneable<Mlp> {
 public:
  explicit Mlp(TransformerBlockOptions options) : options_(options) { reset(); }

  void reset() override {
    fc1_ = register_module("fc1", torch::nn::Linear(options_.width, options_.mlp_width));
    fc2_ = register_module("fc2", torch::nn::Linear(options_.mlp_width, options_.width));
    dropout_ = register_module("dropout", torch::nn::Dropout(options_.dropout));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto inner = dropout_->forward(activate(fc1_->forward(x), Activation::swish));
    return dropout_->forward(fc2_->forward(inner));
  }

 private:
  TransformerBlockOptions options_;
  torch::nn::Linear fc1_{nullptr}, fc2_{nullptr};
  torch::nn::Dropout dropout_{nullptr};
};

/// x + attention(norm(x)), then x + mlp(norm(x)): the pre-norm block of SVTR (Du et al., IJCAI 2022) as PP-OCR has it.
class TransformerBlock final : public torch::nn::Cloneable<TransformerBlock> {
 public:
  explicit TransformerBlock(TransformerBlockOptions options) : options_(options) { reset(); }

  void reset() override {
    const auto norm = torch::nn::LayerNormOptions({options_.width}).eps(options_.epsilon);
    norm1_ = register_module("norm1", torch::nn::LayerNorm(norm));
    attn_ = register_module("attn", std::make_shared<SelfAttention>(options_));
    norm2_ = register_module("norm2", torch::nn::LayerNorm(norm));
    mlp_ = register_module("mlp", std::make_shared<Mlp>(options_));
  }

  at::Tensor forward(const at::Tensor& x) {
    const auto y = x + attn_->forward(norm1_->forward(x));
    return y + mlp_->forward(norm2_->forward(y));
  }

 private:
  TransformerBlockOptions options_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  std::shared_ptr<SelfAttention> attn_;
  std::shared_ptr<Mlp> mlp_;
};

/// Transformer blocks over the columns of a one-row map, [N, C, 1, T] -> [N, C, 1, T], and a layer norm. Names `blocks.I`, `norm`.
class SequenceMixer final : public torch::nn::Cloneable<SequenceMixer> {
 public:
  SequenceMixer(TransformerBlockOptions options, std::int64_t depth) : options_(options), depth_(depth) { reset(); }

  void reset() override {
    blocks_ = register_module("blocks", std::make_shared<ModuleList<TransformerBlock>>());
    for (std::int64_t i = 0; i < depth_; ++i) blocks_->push_back(std::make_shared<TransformerBlock>(options_));
    norm_ = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({options_.width}).eps(1e-6)));
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = x.flatten(2).transpose(1, 2);
    for (auto& block : *blocks_) y = block->forward(y);
    return norm_->forward(y).transpose(1, 2).unsqueeze(2);
  }

 private:
  TransformerBlockOptions options_;
  std::int64_t depth_;
  std::shared_ptr<ModuleList<TransformerBlock>> blocks_;
  torch::nn::LayerNorm norm_{nullptr};
};

}  // namespace scriba::nn
