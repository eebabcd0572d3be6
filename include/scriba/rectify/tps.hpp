#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <ATen/TracerMode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/grid_sampler.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/StringUtil.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>

#include <scriba/core/error.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/form.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/rectify/thin_plate.hpp>

namespace scriba::rectify {

/// How large the network is that finds the control points: channels of its four convolutions, features between its two linear layers.
enum class TpsLocalization {
  small,  ///< 16, 32, 64, 128; 64
  large   ///< 64, 128, 256, 512; 256
};

/// What a coordinate of -1 or 1 means, and what lies beyond.
enum class TpsSampling {
  exact,  ///< the edge of the image, as the pixel grid has it: control points that have not moved give the image back; its border goes on
  reference  ///< the middle of the outermost pixels, which enlarges by W / (W - 1), and 0 beyond: checkpoints were trained so
};

struct TpsOptions {
  std::int64_t planes = 1;  ///< of the image: 1 grey, 3 colour
  int control_points = 20;  ///< even, 4 or more
  TpsLocalization localization = TpsLocalization::small;
  TpsSampling sampling = TpsSampling::exact;
  nn::Form form = nn::Form::training;
};

namespace detail {

// Four convolutions, halving between them. Names `0`, `2`, `4`, `6`: the poolings between have none.
class TpsBlocks final : public torch::nn::Cloneable<TpsBlocks> {
 public:
  TpsBlocks(std::int64_t planes, std::array<std::int64_t, 4> channels, nn::Form form) : planes_(planes), channels_(channels), form_(form) {
    reset();
  }

  void reset() override {
    auto in = planes_;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      unit_[i] = register_module(
          std::to_string(2 * i),
          std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{
              .in = in, .out = channels_[i], .kernel = {3, 3}, .activation = nn::Activation::relu, .idle_bias = true, .form = form_}));
      in = channels_[i];
    }
  }

  // [N, planes, H, W] -> [N, channels]
  at::Tensor forward(const at::Tensor& image) {
    auto x = unit_[0]->forward(image);
    for (std::size_t i = 1; i < unit_.size(); ++i) x = unit_[i]->forward(at::max_pool2d(x, {2, 2}, {2, 2}));
    return x.mean({2, 3});
  }

  void fold() {
    for (const auto& unit : unit_) unit->fold();
    form_ = nn::Form::deployed;
  }

 private:
  std::int64_t planes_;
  std::array<std::int64_t, 4> channels_;
  nn::Form form_;
  std::array<std::shared_ptr<nn::ConvUnit>, 4> unit_;
};

// Where the control points are in the image, [N, F, 2]; at first where `plate` has them. Names `block_list`, `fc1`, `fc2`.
class TpsLocalizationNetwork final : public torch::nn::Cloneable<TpsLocalizationNetwork> {
 public:
  explicit TpsLocalizationNetwork(TpsOptions options) : options_(options) { reset(); }

  void reset() override {
    const bool large = options_.localization == TpsLocalization::large;
    const std::array<std::int64_t, 4> channels =
        large ? std::array<std::int64_t, 4>{64, 128, 256, 512} : std::array<std::int64_t, 4>{16, 32, 64, 128};
    const std::int64_t features = large ? 256 : 64;
    block_list_ = register_module("block_list", std::make_shared<TpsBlocks>(options_.planes, channels, options_.form));
    fc1_ = register_module("fc1", torch::nn::Linear(channels.back(), features));
    fc2_ = register_module("fc2", torch::nn::Linear(features, 2 * options_.control_points));
    const at::NoGradGuard no_gradients;
    fc2_->weight.zero_();
    const auto plate = thin_plate(options_.control_points);
    for (std::size_t i = 0; i < plate.control_points.size(); ++i)
      for (std::size_t axis = 0; axis < 2; ++axis) fc2_->bias[static_cast<std::int64_t>(2 * i + axis)] = plate.control_points[i][axis];
  }

  at::Tensor forward(const at::Tensor& image) {
    return fc2_->forward(at::relu(fc1_->forward(block_list_->forward(image)))).unflatten(1, {options_.control_points, 2});
  }

  void fold() {
    block_list_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  TpsOptions options_;
  std::shared_ptr<TpsBlocks> block_list_;
  torch::nn::Linear fc1_{nullptr}, fc2_{nullptr};
};

// From control points to the position that each pixel is taken from. Name `fc`.
class TpsGridGenerator final : public torch::nn::Cloneable<TpsGridGenerator> {
 public:
  explicit TpsGridGenerator(int control_points) : count_(control_points) { reset(); }

  void reset() override {
    fc_ = register_module("fc", torch::nn::Linear(2 * count_, 6));
    const at::NoGradGuard no_gradients;
    fc_->weight.zero_(), fc_->bias.zero_();
    const auto plate = thin_plate(count_);
    points_ = at::empty({count_, 2}, at::kDouble);
    for (std::size_t i = 0; i < plate.control_points.size(); ++i)
      for (std::size_t axis = 0; axis < 2; ++axis) points_.mutable_data_ptr<double>()[2 * i + axis] = plate.control_points[i][axis];
    inverse_ = at::tensor(plate.inverse, at::kDouble).view({count_ + 3, count_ + 3});
    cache_ = std::make_shared<Cache>();
  }

  // Control points [N, F, 2] of an image [N, C, H, W] -> [N, H, W, 2], x and y in `type`.
  at::Tensor forward(const at::Tensor& control_points, const at::Tensor& image, at::ScalarType type) {
    const auto more = fc_->forward(control_points.flatten(1)).unflatten(1, {3, 2});
    const auto all = at::cat({control_points, more}, 1).to(type).permute({1, 0, 2}).flatten(1);  // [F + 3, 2 N]
    return shares(image, type).matmul(all).unflatten(2, {-1, 2}).permute({2, 0, 1, 3});
  }

 private:
  static constexpr std::size_t kSizes = 16;  // of images that are remembered: 0.3 MB each for 32 x 100 in single precision

  struct Entry {
    std::int64_t height, width;
    at::ScalarType type;
    at::Device device;
    at::Tensor shares;
  };
  struct Cache {
    std::mutex mutex;
    std::deque<Entry> entries;
  };

  // The share that each control point has in the position of each pixel, [H, W, F + 3]. Unlike the two matrices that it is the product
  // of, it can be had in single precision. It is the same for all images of a size, but a traced network finds out about the size.
  at::Tensor shares(const at::Tensor& image, at::ScalarType type) {
    if (at::tracer::impl::is_dispatch_enabled()) return shares(at::ones_like(image.select(0, 0).select(0, 0), at::kDouble)).to(type);
    const std::lock_guard lock(cache_->mutex);
    for (const auto& entry : cache_->entries)
      if (entry.height == image.size(2) && entry.width == image.size(3) && entry.type == type && entry.device == image.device())
        return entry.shares;
    const at::NoGradGuard no_gradients;
    const c10::InferenceMode ordinary(false);  // what prediction leaves here, training may find
    const auto made = shares(at::ones({image.size(2), image.size(3)}, at::kDouble)).to(image.device(), type);
    if (cache_->entries.size() == kSizes) cache_->entries.pop_front();
    cache_->entries.push_back({image.size(2), image.size(3), type, image.device(), made});
    return made;
  }

  // `one`: [H, W] of 1. Middles of pixels, in -1 .. 1 from edge to edge.
  at::Tensor shares(const at::Tensor& one) const {
    const auto middles = [&](std::int64_t axis) { return (2 * one.cumsum(axis) - 1) / one.sum(axis, true) - 1; };
    const auto x = middles(1), y = middles(0), points = points_.to(one.device());
    const auto square = (x.unsqueeze(2) - points.select(1, 0)).square() + (y.unsqueeze(2) - points.select(1, 1)).square();
    const auto kernel = square * (square.sqrt() + 1e-6).log();
    return at::cat({at::stack({one, x, y}, 2), kernel}, 2).matmul(inverse_.to(one.device()));
  }

  int count_;
  torch::nn::Linear fc_{nullptr};
  at::Tensor points_, inverse_;  // no buffers: checkpoints do not have them, and they stay in double
  std::shared_ptr<Cache> cache_;
};

}  // namespace detail

/// Straightens lines of text by a thin-plate spline that a small network draws along their edges: Shi et al., "Robust Scene Text
/// Recognition with Automatic Rectification", CVPR 2016, section 3.1, as PaddleOCR has it.
///
/// In and out: [N, planes, H, W], at least 8 rows and columns. At first it gives every image back; what it learns comes through the
/// recogniser behind it (see Rectified), best at a tenth of its rate. The paper adds three zeros to the control points; here they are a
/// linear layer of the points, which starts with zeros. Throws Error for images of another form.
///
/// Names `loc_net.block_list.{0,2,4,6}.{conv,bn}`, `loc_net.fc1`, `loc_net.fc2`, `grid_generator.fc`.
class Tps final : public nn::Part<Tps, TpsOptions> {
 public:
  explicit Tps(TpsOptions options) : Part(options) {}

  void reset() override {
    loc_net_ = register_module("loc_net", std::make_shared<detail::TpsLocalizationNetwork>(options_));
    grid_generator_ = register_module("grid_generator", std::make_shared<detail::TpsGridGenerator>(options_.control_points));
  }

  at::Tensor forward(const at::Tensor& image) {
    const bool reference = options_.sampling == TpsSampling::reference;
    const auto positions = grid(control_points(image), image);
    return at::grid_sampler(image.to(positions.scalar_type()), positions, /*bilinear*/ 0, /*zeros or border*/ reference ? 0 : 1,
                            /*align_corners=*/reference)
        .to(image.scalar_type());
  }

  /// Where the upper and the lower edge of the text are in the image, both from left to right: [N, points, 2], x and y in -1 .. 1.
  at::Tensor control_points(const at::Tensor& image) {
    if (image.dim() != 4 || image.size(0) < 1 || image.size(1) != options_.planes || image.size(2) < 8 || image.size(3) < 8)
      throw Error({.what = "cannot rectify this image",
                   .where = "input",
                   .expected = "[N, " + std::to_string(options_.planes) + ", 8 or more, 8 or more]",
                   .got = "shape " + c10::str(image.sizes())});
    return loc_net_->forward(image);
  }

  /// Where each pixel of the straight image is taken from: [N, H, W, 2], x and y. In single precision for half-precision images.
  at::Tensor grid(const at::Tensor& control_points, const at::Tensor& image) {
    return grid_generator_->forward(control_points, image,
                                    at::isReducedFloatingType(image.scalar_type()) ? at::kFloat : image.scalar_type());
  }

  void fold() {
    loc_net_->fold();
    options_.form = nn::Form::deployed;
  }

 private:
  std::shared_ptr<detail::TpsLocalizationNetwork> loc_net_;
  std::shared_ptr<detail::TpsGridGenerator> grid_generator_;
};

}  // namespace scriba::rectify
