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

}  // namespace

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
