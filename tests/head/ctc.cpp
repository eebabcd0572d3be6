#include <scriba/concepts.hpp>
#include <scriba/head/ctc.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kRow = features(Level{6, 4, 1});
static_assert(Head<head::Ctc> && head::Ctc::accepts(kRow) && !head::Ctc::accepts(features(Level{6, 4})));

scriba::Features row(std::int64_t samples, std::int64_t frames) { return {at::randn({samples, 6, 1, frames}, at::kDouble)}; }

}  // namespace

TEST_CASE("Ctc gives logits in training and probabilities in evaluation") {
  const auto head = head::Ctc::make(kRow, {.classes = 9});
  head->to(at::kDouble);
  const auto in = row(2, 7);
  const auto trained = head->forward(in);
  CHECK(trained.logits.sizes() == at::IntArrayRef{2, 7, 9});
  CHECK_FALSE(trained.probability.defined());
  head->eval();
  const auto read = head->forward(in);
  CHECK_FALSE(read.logits.defined());
  CHECK(golden::largest_difference(read.probability, at::softmax(trained.logits, -1)) < 1e-15);
}

TEST_CASE("the linear layer and the 1x1 convolution compute the same") {
  const auto linear = head::Ctc::make(kRow, {.classes = 9}), conv = head::Ctc::make(kRow, {.classes = 9, .layer = head::CtcLayer::conv1x1});
  linear->to(at::kDouble), conv->to(at::kDouble);
  const torch::NoGradGuard no_gradients;
  conv->named_parameters()["conv.weight"].copy_(linear->named_parameters()["fc.weight"].reshape({9, 6, 1, 1}));
  conv->named_parameters()["conv.bias"].copy_(linear->named_parameters()["fc.bias"]);
  const auto in = row(2, 7);
  CHECK(golden::largest_difference(conv->forward(in).logits, linear->forward(in).logits) < 1e-14);
}

TEST_CASE("Ctc copies, learns, traces") {
  for (const auto layer : {head::CtcLayer::linear, head::CtcLayer::conv1x1}) {
    part_check::copies(*head::Ctc::make(kRow, {.layer = layer}), row(2, 7));
    part_check::learns(*head::Ctc::make(kRow, {.layer = layer}), row(2, 7));
    part_check::traces(*head::Ctc::make(kRow, {.layer = layer}), row(1, 7), row(3, 4));
  }
}
