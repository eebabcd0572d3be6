#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ops/sigmoid.h>

#include <scriba/core/error.hpp>
#include <scriba/core/feature_spec.hpp>
#include <scriba/head/db.hpp>
#include <scriba/nn/form.hpp>
#include <scriba/nn/initialize.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::head {

struct DbMultiClassOptions {
  std::int64_t classes = 3;  ///< kinds of text, without the background
  double k = 50;             ///< steepness of the differentiable step
  bool threshold = true;     ///< learn a threshold map
  nn::Form form = nn::Form::training;
};

/// Maps of the input's size, as DbMaps, and the class of each pixel.
struct DbMultiClassMaps {
  at::Tensor shrink;        ///< [N, 1, H, W], probability of the shrunk text region
  at::Tensor threshold;     ///< [N, 1, H, W], in training only
  at::Tensor binary;        ///< [N, 1, H, W], in training only
  at::Tensor class_logits;  ///< [N, classes, H, W], of the text that a pixel belongs to; says nothing where there is none

  static constexpr auto fields() {
    using Field = nn::OutputField<DbMultiClassMaps>;
    return std::array{Field{"shrink", &DbMultiClassMaps::shrink}, Field{"threshold", &DbMultiClassMaps::threshold, true},
                      Field{"binary", &DbMultiClassMaps::binary, true}, Field{"class_logits", &DbMultiClassMaps::class_logits}};
  }

  /// The maps without the classes: what a loss or post-processing for DB takes.
  DbMaps regions() const { return {shrink, threshold, binary}; }
};

/// DB with a third branch that tells kinds of text apart. See Db; the branch is built as the other two.
///
/// In: one map at stride 4. Names as Db, and `classhead.N`. Throws Error for fewer than 1 class.
class DbMultiClass final : public nn::Part<DbMultiClass, DbMultiClassOptions, FeatureSpec> {
 public:
  using Output = DbMultiClassMaps;
  static constexpr bool accepts(const FeatureSpec& in) { return Db::accepts(in); }

  DbMultiClass(FeatureSpec in, DbMultiClassOptions options) : Part(options), in_(in) {
    if (options.classes < 1)
      throw Error({.what = "DbMultiClass needs classes to tell apart",
                   .where = "classes",
                   .expected = "1 or more",
                   .got = std::to_string(options.classes)});
  }

  void reset() override {
    const auto branch = [&](const char* name, std::int64_t out) {
      return register_module(name, std::make_shared<detail::DbBranch>(in_[0].channels, in_[0].channels / 4, options_.form, out));
    };
    binarize_ = branch("binarize", 1);
    thresh_ = options_.threshold && options_.form == nn::Form::training ? branch("thresh", 1) : nullptr;
    classhead_ = branch("classhead", options_.classes);
    nn::initialize_by_fan_in(*this);
  }

  DbMultiClassMaps forward(const Features& in) {
    DbMultiClassMaps maps;
    maps.shrink = at::sigmoid(binarize_->forward(in[0]));
    maps.class_logits = classhead_->forward(in[0]);
    if (is_training() && thresh_) {
      maps.threshold = at::sigmoid(thresh_->forward(in[0]));
      maps.binary = at::sigmoid(options_.k * (maps.shrink - maps.threshold));
    }
    return maps;
  }

  void fold() {
    binarize_->fold();
    classhead_->fold();
    if (thresh_) unregister_module("thresh");
    thresh_ = nullptr;
    options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  std::shared_ptr<detail::DbBranch> binarize_, thresh_, classhead_;
};

}  // namespace scriba::head
