#include <scriba/nn/bi_lstm.hpp>

#include "support/tensors.hpp"

using namespace scriba;

namespace {

// One LSTM step by hand: gates in the order input, forget, cell, output.
struct State {
  at::Tensor h, c;
};
State step(const at::Tensor& x, const State& before, const at::Tensor& w_ih, const at::Tensor& w_hh, const at::Tensor& b_ih,
           const at::Tensor& b_hh) {
  const auto gates = (w_ih.matmul(x) + b_ih + w_hh.matmul(before.h) + b_hh).chunk(4);
  const auto c = at::sigmoid(gates[1]) * before.c + at::sigmoid(gates[0]) * at::tanh(gates[2]);
  return {at::sigmoid(gates[3]) * at::tanh(c), c};
}

}  // namespace

TEST_CASE("an LSTM in both directions computes its equations") {
  nn::BiLstm lstm({.in = 3, .hidden = 2});
  lstm.to(at::kDouble);
  golden::randomize(lstm, 9);
  const torch::NoGradGuard no_gradients;
  const auto x = at::randn({1, 4, 3}, at::kDouble);
  const auto y = lstm.forward(x);
  REQUIRE(y.sizes() == at::IntArrayRef{1, 4, 4});
  const auto p = lstm.named_parameters();
  const auto weight = [&](const std::string& name, const std::string& direction) { return p["rnn." + name + "_l0" + direction]; };
  for (const bool reverse : {false, true}) {
    const std::string d = reverse ? "_reverse" : "";
    State state{at::zeros({2}, at::kDouble), at::zeros({2}, at::kDouble)};
    for (int i = 0; i < 4; ++i) {
      const int t = reverse ? 3 - i : i;
      state = step(x[0][t], state, weight("weight_ih", d), weight("weight_hh", d), weight("bias_ih", d), weight("bias_hh", d));
      CHECK(golden::largest_difference(y[0][t].slice(0, reverse ? 2 : 0, reverse ? 4 : 2), state.h) < 1e-14);
    }
  }
}

TEST_CASE("a linear layer after it, a copy, one frame") {
  nn::BiLstm lstm({.in = 3, .hidden = 2, .out = 5});
  golden::randomize(lstm, 9);
  const torch::NoGradGuard no_gradients;
  const auto x = at::randn({2, 1, 3});
  const auto y = lstm.forward(x);
  CHECK(y.sizes() == at::IntArrayRef{2, 1, 5});
  const auto copy = std::dynamic_pointer_cast<nn::BiLstm>(lstm.clone());
  for (auto& p : lstm.parameters()) p.zero_();
  CHECK(copy->forward(x).equal(y));
}
