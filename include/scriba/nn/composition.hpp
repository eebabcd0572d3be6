#pragma once

#include <memory>
#include <utility>

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>

#include <scriba/core/error.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::nn {

/// What every composed model is: a backbone, a neck and a head in a row, registered under these names.
///
/// `Self` is the composed type, `Opts` its options with members `backbone`, `neck` and `head`.
template <class Self, class B, class N, class H, class Opts>
class Composition : public torch::nn::Cloneable<Self> {
 public:
  using Options = Opts;
  using Output = typename H::Output;

  void reset() override {
    backbone_ = this->register_module("backbone", B::make(options_.backbone));
    neck_ = this->register_module("neck", N::make(B::out, options_.neck));
    head_ = this->register_module("head", H::make(N::out(B::out), options_.head));
  }

  /// [N, C, H, W] -> the head's named outputs. Part by part, nothing else happens here.
  Output forward(const at::Tensor& image) const { return head_->forward(neck_->forward(backbone_->forward(image))); }

  /// Training form to deployed form, part by part: evaluation results stay the same, training ends here.
  void fold() {
    fold_part(*backbone_, options_.backbone);
    fold_part(*neck_, options_.neck);
    fold_part(*head_, options_.head);
  }

  const Options& options() const { return options_; }
  /// Thresholds and preprocessing may be changed at any time; options of parts only count when a model is made.
  Options& options() { return options_; }

  const std::shared_ptr<B>& backbone() const { return backbone_; }
  const std::shared_ptr<N>& neck() const { return neck_; }
  const std::shared_ptr<H>& head() const { return head_; }

  /// The batch on the device and in the type of the model's parameters.
  at::Tensor like_parameters(const at::Tensor& batch) const {
    const auto parameters = this->parameters();
    return parameters.empty() ? batch : batch.to(parameters.front().options());
  }

  /// Where the parameters are; the CPU for a model without any.
  at::Device device() const {
    const auto parameters = this->parameters();
    return parameters.empty() ? at::Device(at::kCPU) : parameters.front().device();
  }

 protected:
  explicit Composition(Options options) : options_(std::move(options)) { Composition::reset(); }

  /// Predicting with batch statistics would give another result for each batch, and change the model.
  void require_evaluation() const {
    if (this->is_training())
      throw Error({.what = "predict() needs the model in evaluation mode", .expected = "eval() called before", .got = "training mode"});
  }

  Options options_;

 private:
  // A part without fold() has one form only.
  template <class Part, class PartOptions>
  static void fold_part(Part& part, PartOptions& options) {
    if constexpr (requires { part.fold(); }) {
      part.fold();
      options = part.options();
    }
  }

  std::shared_ptr<B> backbone_;
  std::shared_ptr<N> neck_;
  std::shared_ptr<H> head_;
};

}  // namespace scriba::nn
