#pragma once

#include <memory>
#include <utility>

#include <ATen/core/Tensor.h>

#include <scriba/concepts.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::rectify {

template <class R, class B>
struct RectifiedOptions {
  typename R::Options rectifier = {};
  typename B::Options backbone = {};
};

/// A backbone that sees rectified images: for the first place of any Recognizer, `Recognizer<Rectified<Tps, B>, N, H, L, P>`.
///
/// In: what the rectifier takes. Out: the backbone's levels. Names `rectifier`, `backbone`.
template <Rectifier R, Backbone B>
class Rectified final : public nn::Part<Rectified<R, B>, RectifiedOptions<R, B>> {
  using Base = nn::Part<Rectified<R, B>, RectifiedOptions<R, B>>;

 public:
  static constexpr FeatureSpec out = B::out;

  explicit Rectified(RectifiedOptions<R, B> options) : Base(std::move(options)) {}

  void reset() override {
    rectifier_ = this->register_module("rectifier", R::make(this->options_.rectifier));
    backbone_ = this->register_module("backbone", B::make(this->options_.backbone));
  }

  Features forward(const at::Tensor& image) { return backbone_->forward(rectifier_->forward(image)); }

  void fold() {
    if constexpr (requires { rectifier_->fold(); }) {
      rectifier_->fold();
      this->options_.rectifier = rectifier_->options();
    }
    if constexpr (requires { backbone_->fold(); }) {
      backbone_->fold();
      this->options_.backbone = backbone_->options();
    }
  }

  const std::shared_ptr<R>& rectifier() const { return rectifier_; }
  const std::shared_ptr<B>& backbone() const { return backbone_; }

 private:
  std::shared_ptr<R> rectifier_;
  std::shared_ptr<B> backbone_;
};

}  // namespace scriba::rectify
