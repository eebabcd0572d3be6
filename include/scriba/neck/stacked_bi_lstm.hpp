#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <scriba/core/feature_spec.hpp>
#include <scriba/nn/bi_lstm.hpp>
#include <scriba/nn/part.hpp>

namespace scriba::neck {

struct StackedBiLstmOptions {};

/// Sequence encoder of CRNN: `Depth` bidirectional LSTMs of `Hidden` units in each direction, with a linear layer back to `Hidden`
/// channels between them. Shi et al., "An End-to-End Trainable Neural Network for Image-based Sequence Recognition", 2015, section 2.2.
///
/// In: one level of one row, [N, C, 1, T]. Out: [N, 2 Hidden, 1, T]. Names `lstm_1.rnn`, `lstm_1.embedding`, ..., `lstm_Depth.rnn`; the
/// reference's last `embedding` goes to the classes, which is our head.
template <std::int64_t Hidden, std::int64_t Depth = 2>
class StackedBiLstm final : public nn::Part<StackedBiLstm<Hidden, Depth>, StackedBiLstmOptions, FeatureSpec> {
  static_assert(Hidden > 0 && Depth > 0, "StackedBiLstm: at least one LSTM of one unit");
  using Base = nn::Part<StackedBiLstm<Hidden, Depth>, StackedBiLstmOptions, FeatureSpec>;

 public:
  static constexpr bool accepts(const FeatureSpec& in) { return in.is_sequence(); }
  static constexpr FeatureSpec out(const FeatureSpec& in) { return features(Level{2 * Hidden, in[0].stride, 1}); }

  StackedBiLstm(FeatureSpec in, StackedBiLstmOptions options) : Base(options), in_(in) {}

  void reset() override {
    lstm_.clear();
    for (std::int64_t i = 1; i <= Depth; ++i) {
      const nn::BiLstmOptions options{.in = i == 1 ? in_[0].channels : Hidden, .hidden = Hidden, .out = i < Depth ? Hidden : 0};
      lstm_.push_back(this->register_module("lstm_" + std::to_string(i), std::make_shared<nn::BiLstm>(options)));
    }
  }

  Features forward(const Features& in) { return {each(in).back().transpose(1, 2).unsqueeze(2)}; }

  /// What every LSTM makes of the sequence, [N, T, channels], the first one first.
  std::vector<at::Tensor> each(const Features& in) {
    std::vector<at::Tensor> out;
    auto x = in[0].flatten(2).transpose(1, 2);
    for (const auto& lstm : lstm_) out.push_back(x = lstm->forward(x));
    return out;
  }

 private:
  FeatureSpec in_;
  std::vector<std::shared_ptr<nn::BiLstm>> lstm_;
};

}  // namespace scriba::neck
