#include <scriba/concepts.hpp>
#include <scriba/head/fixed_length.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kRow = features(Level{6, 4, 1});
static_assert(Head<head::FixedLength> && head::FixedLength::accepts(kRow) && head::FixedLength::accepts(features(Level{6, 4})));
static_assert(!head::FixedLength::accepts(features(Level{6, 4}, Level{6, 8})));

scriba::Features map(std::int64_t samples, std::int64_t frames) { return {at::randn({samples, 6, 2, frames}, at::kDouble)}; }

}  // namespace

TEST_CASE("FixedLength gives classes for every position, whatever the line's width") {
  const auto head = head::FixedLength::make(kRow, {.classes = 5, .positions = 3, .hidden = {8, 7}});
  head->to(at::kDouble);
  for (const std::int64_t frames : {1, 9}) CHECK(head->forward(map(2, frames)).logits.sizes() == at::IntArrayRef{2, 3, 5});
  const auto in = map(2, 4);
  const auto logits = head->forward(in).logits;
  head->eval();
  const auto read = head->forward(in);
  CHECK_FALSE(read.logits.defined());
  CHECK(golden::largest_difference(read.probability, at::softmax(logits, -1)) < 1e-15);
}

TEST_CASE("FixedLength computes what its layers say") {
  const auto head = head::FixedLength::make(kRow, {.classes = 5, .positions = 3, .hidden = {8}});
  head->to(at::kDouble);
  const torch::NoGradGuard no_gradients;
  const auto p = head->named_parameters();
  const auto in = map(2, 4);
  const auto inner = at::relu(at::linear(in[0].mean({2, 3}), p["fc_end.block.0.fc.weight"], p["fc_end.block.0.fc.bias"]));
  const auto expected = at::linear(inner, p["fc_out.weight"], p["fc_out.bias"]).reshape({2, 3, 5});
  CHECK(golden::largest_difference(head->forward(in).logits, expected) < 1e-15);
}

TEST_CASE("FixedLength copies, learns, traces, with hidden layers and without") {
  for (const auto& hidden : {std::vector<std::int64_t>{8}, std::vector<std::int64_t>{}}) {
    part_check::copies(*head::FixedLength::make(kRow, {.hidden = hidden}), map(2, 4));
    part_check::learns(*head::FixedLength::make(kRow, {.hidden = hidden}), map(2, 4));
    part_check::traces(*head::FixedLength::make(kRow, {.hidden = hidden}), map(1, 4), map(3, 7));
  }
}
