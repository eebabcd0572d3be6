#pragma once

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

struct SequenceFromMapOptions {};

/// How several rows become one.
enum class MapRows {
  mean,    ///< their mean
  stacked  ///< one below the other as channels; needs a fixed number of rows
};

/// The sequence that a recogniser reads, from a map of several rows.
///
/// In: one level, [N, C, rows, T]. Out: [N, C, 1, T], stacked [N, C rows, 1, T] (all rows of the first channel first). No weights.
template <MapRows Rows = MapRows::mean>
class SequenceFromMap final : public nn::Part<SequenceFromMap<Rows>, SequenceFromMapOptions, FeatureSpec> {
  using Base = nn::Part<SequenceFromMap<Rows>, SequenceFromMapOptions, FeatureSpec>;

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.size == 1 && (Rows == MapRows::mean || in[0].rows > 0); }
  static constexpr FeatureSpec out(const FeatureSpec& in) {
    return features(Level{Rows == MapRows::mean ? in[0].channels : in[0].channels * in[0].rows, in[0].stride, 1});
  }

  SequenceFromMap(FeatureSpec, SequenceFromMapOptions options) : Base(options) {}

  void reset() override {}

  Features forward(const Features& in) {
    return {Rows == MapRows::mean ? in[0].mean(2, /*keepdim=*/true) : in[0].flatten(1, 2).unsqueeze(2)};
  }
};

}  // namespace scriba::neck
