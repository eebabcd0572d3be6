#pragma once

#include <cstdint>
#include <tuple>

#include <ATen/ops/zeros_like.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>

namespace scriba::nn {

struct BiLstmOptions {
  std::int64_t in{}, hidden{};
  std::int64_t out = 0;  ///< channels of a linear layer after it; 0: none, the result has 2 * hidden channels
};

/// Long short-term memory in both directions, [N, T, in] -> [N, T, 2 hidden]: Graves and Schmidhuber, "Framewise Phoneme
/// Classification with Bidirectional LSTM", 2005; then a linear layer, if wanted. Names `rnn`, `embedding`.
class BiLstm final : public torch::nn::Cloneable<BiLstm> {
 public:
  explicit BiLstm(BiLstmOptions options) : options_(options) { reset(); }

  void reset() override {
    rnn_ =
        register_module("rnn", torch::nn::LSTM(torch::nn::LSTMOptions(options_.in, options_.hidden).bidirectional(true).batch_first(true)));
    embedding_ = nullptr;
    if (options_.out > 0) embedding_ = register_module("embedding", torch::nn::Linear(2 * options_.hidden, options_.out));
  }

  at::Tensor forward(const at::Tensor& x) {
    // torch's own zero states have the batch's size as a number, which a traced graph would keep: these follow the batch.
    const auto zeros = at::zeros_like(x.select(1, 0).slice(1, 0, 1)).unsqueeze(0).expand({2, -1, options_.hidden}).contiguous();
    const auto y = std::get<0>(rnn_->forward(x, std::make_tuple(zeros, zeros)));
    return embedding_ ? embedding_->forward(y) : y;
  }

 private:
  BiLstmOptions options_;
  torch::nn::LSTM rnn_{nullptr};
  torch::nn::Linear embedding_{nullptr};
};

}  // namespace scriba::nn
