#include <scriba/concepts.hpp>
#include <scriba/neck/stacked_bi_lstm.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kRow = features(Level{6, 4, 1});
using Neck5 = neck::StackedBiLstm<5>;

static_assert(Neck<Neck5> && Neck5::accepts(kRow) && !Neck5::accepts(features(Level{6, 4})) && !Neck5::accepts(features(Level{6, 4, 2})));
static_assert(Neck5::out(kRow) == features(Level{10, 4, 1}) && neck::StackedBiLstm<7, 3>::out(kRow)[0].channels == 14);

scriba::Features row(std::int64_t samples, std::int64_t frames) { return {at::randn({samples, 6, 1, frames}, at::kDouble)}; }

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

TEST_CASE("stacked LSTMs keep the number of frames, whatever it is") {
  const auto neck = neck::StackedBiLstm<5, 3>::make(kRow);
  neck->to(at::kDouble);
  for (const std::int64_t frames : {1, 2, 40}) CHECK(neck->forward(row(2, frames))[0].sizes() == at::IntArrayRef{2, 10, 1, frames});
  const auto each = neck->each(row(2, 7));
  REQUIRE(each.size() == 3);
  CHECK(each[0].sizes() == at::IntArrayRef{2, 7, 5});
  CHECK(each[2].sizes() == at::IntArrayRef{2, 7, 10});
}

TEST_CASE("names of stacked LSTMs are the reference's") {
  const auto neck = neck::StackedBiLstm<5>::make(kRow);
  std::vector<std::string> names;
  for (const auto& item : neck->named_parameters())
    if (item.value().dim() == 2) names.push_back(item.key());
  CHECK(names == std::vector<std::string>{"lstm_1.rnn.weight_ih_l0", "lstm_1.rnn.weight_hh_l0", "lstm_1.rnn.weight_ih_l0_reverse",
                                          "lstm_1.rnn.weight_hh_l0_reverse", "lstm_1.embedding.weight", "lstm_2.rnn.weight_ih_l0",
                                          "lstm_2.rnn.weight_hh_l0", "lstm_2.rnn.weight_ih_l0_reverse", "lstm_2.rnn.weight_hh_l0_reverse"});
}

TEST_CASE("a line's frames do not depend on the lines beside it, and a frame depends on all of its line") {
  const auto neck = Neck5::make(kRow);
  neck->to(at::kDouble);
  const torch::NoGradGuard no_gradients;
  auto in = row(3, 6);
  const auto alone = neck->forward({in[0].slice(0, 1, 2)})[0];
  CHECK(golden::largest_difference(neck->forward(in)[0].slice(0, 1, 2), alone) < 1e-14);
  auto changed = in[0].slice(0, 1, 2).clone();
  changed.select(3, 5).neg_();
  const auto difference = (neck->forward({changed})[0] - alone).abs().amax({0, 1, 2});
  CHECK(difference.min().item<double>() > 0);
}

TEST_CASE("NaN in one line stays there") {
  const auto neck = Neck5::make(kRow);
  neck->to(at::kDouble);
  auto in = row(2, 4);
  in[0][0].fill_(std::numeric_limits<double>::quiet_NaN());
  const auto out = neck->forward(in)[0];
  CHECK(out[0].isnan().all().item<bool>());
  CHECK(out[1].isfinite().all().item<bool>());
}

TEST_CASE("stacked LSTMs copy, learn, and a graph traced for one line reads several of another width") {
  part_check::copies(*Neck5::make(kRow), row(2, 6));
  part_check::learns(*Neck5::make(kRow), row(2, 6));
  part_check::traces(*Neck5::make(kRow), row(1, 6), row(3, 11));
  part_check::traces(*Neck5::make(kRow), row(4, 9), row(1, 2));
}
