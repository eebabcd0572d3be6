#pragma once

#include <cstdint>

#include <scriba/core/feature_spec.hpp>
#include <scriba/neck/db_fpn.hpp>
#include <scriba/nn/fused_conv_unit.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

struct DbFpnQuantizableOptions {
  nn::Form form = nn::Form::training;
};

/// DbFpn under the names of pytorchOCR's network for quantisation-aware training: the same computation, with convolution and batch norm
/// of `in5` .. `in2`, `out5` .. `out2` as `conv.0` and `conv.1`.
template <std::int64_t Channels>
class DbFpnQuantizable final : public nn::Part<DbFpnQuantizable<Channels>, DbFpnQuantizableOptions, FeatureSpec> {
  using Base = nn::Part<DbFpnQuantizable<Channels>, DbFpnQuantizableOptions, FeatureSpec>;
  static_assert(Channels > 0 && Channels % 4 == 0, "DbFpnQuantizable: Channels must be a multiple of 4, a quarter comes from each level");

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return detail::DbPyramid<nn::FusedConvUnit>::accepts(in); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{Channels, in[0].stride}); }

  DbFpnQuantizable(FeatureSpec in, DbFpnQuantizableOptions options) : Base(options), in_(in) {}

  void reset() override { pyramid_.register_in(*this, in_, Channels, this->options_.form); }
  Features forward(const Features& in) { return pyramid_.forward(in); }

  void fold() {
    pyramid_.fold();
    this->options_.form = nn::Form::deployed;
  }

 private:
  FeatureSpec in_;
  detail::DbPyramid<nn::FusedConvUnit> pyramid_;
};

}  // namespace scriba::neck
