#pragma once

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

struct IdentityOptions {};

/// No neck: the head reads the backbone's levels.
class Identity final : public nn::Part<Identity, IdentityOptions, FeatureSpec> {
 public:
  static constexpr bool accepts(const FeatureSpec&) { return true; }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return in; }

  Identity(FeatureSpec, IdentityOptions options) : Part(options) {}

  void reset() override {}
  Features forward(const Features& in) { return in; }
};

}  // namespace scriba::neck
