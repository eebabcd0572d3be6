#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/max_pool2d.h>
#include <torch/nn/cloneable.h>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::backbone {

struct CrnnLineOptions {
  std::int64_t planes = 3;  ///< of the image: 1 for grey, 3 for colour
  nn::Form form = nn::Form::training;
};

namespace detail {

// The seven convolutions with the numbers that they have in the reference's sequence, where the pools count, too.
class CrnnLayers final : public torch::nn::Cloneable<CrnnLayers> {
 public:
  explicit CrnnLayers(CrnnLineOptions options) : options_(options) { reset(); }

  void reset() override {
    layers_.clear();
    std::int64_t in = options_.planes;
    int number = 0;
    const auto add = [&](std::int64_t out, std::array<std::int64_t, 2> kernel, std::int64_t pooled_rows, std::int64_t pooled_columns) {
      auto conv = std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
          .in = in, .out = out, .kernel = kernel, .activation = nn::Activation::relu, .idle_bias = true, .form = options_.form});
      layers_.push_back({register_module(std::to_string(number), std::move(conv)), pooled_rows, pooled_columns});
      in = out;
      number += pooled_rows > 1 ? 2 : 1;
    };
    add(64, {3, 3}, 2, 2);
    add(128, {3, 3}, 2, 2);
    add(256, {3, 3}, 1, 1);
    add(256, {3, 3}, 2, 1);
    add(512, {3, 3}, 1, 1);
    add(512, {3, 3}, 2, 1);
    add(512, {2, 1}, 1, 1);
  }

  at::Tensor forward(at::Tensor x) {
    for (const auto& [conv, rows, columns] : layers_) {
      x = conv->forward(x);
      if (rows > 1) x = at::max_pool2d(x, {rows, columns}, {rows, columns});
    }
    return x;
  }

  void fold() {
    for (const auto& layer : layers_) layer.conv->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  struct Layer {
    std::shared_ptr<nn::ConvUnit> conv;
    std::int64_t pooled_rows, pooled_columns;
  };
  CrnnLineOptions options_;
  std::vector<Layer> layers_;
};

}  // namespace detail

/// The convolutions of CRNN: Shi et al., "An End-to-End Trainable Neural Network for Image-based Sequence Recognition", 2015, table 1, in
/// pytorchOCR's form: every one with batch norm (and an idle bias), pools that keep the number of columns, 2x1 at the end.
///
/// In: [N, planes, 32, W]. Out: [N, 512, 1, W / 4]. Names `cnn.0`, `cnn.2`, `cnn.4`, `cnn.5`, `cnn.7`, `cnn.8`, `cnn.10`.
class CrnnLine final : public nn::Part<CrnnLine, CrnnLineOptions> {
 public:
  static constexpr FeatureSpec out = features(Level{.channels = 512, .stride = 4, .rows = 1});

  explicit CrnnLine(CrnnLineOptions options) : Part(options) {}

  void reset() override {
    layers_ = register_module("cnn", std::make_shared<detail::CrnnLayers>(options_));
    nn::initialize_by_fan_in(*this);
  }

  Features forward(const at::Tensor& image) { return {layers_->forward(image)}; }

  void fold() {
    layers_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<detail::CrnnLayers> layers_;
};

}  // namespace scriba::backbone
