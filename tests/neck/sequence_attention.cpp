#include <scriba/concepts.hpp>
#include <scriba/neck/sequence_attention.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kRow = features(Level{16, 4, 1});
using neck::SequenceAttention;

static_assert(Neck<SequenceAttention> && SequenceAttention::accepts(kRow) && SequenceAttention::out(kRow) == kRow);
static_assert(!SequenceAttention::accepts(features(Level{16, 4})) && !SequenceAttention::accepts(features(Level{12, 4, 1})));

scriba::Features row(std::int64_t samples, std::int64_t frames) { return {at::randn({samples, 16, 1, frames}, at::kDouble)}; }

}  // namespace

TEST_CASE("without weights every gate is half open") {
  const auto neck = SequenceAttention::make(kRow, {.frames = 5});
  neck->to(at::kDouble);
  const torch::NoGradGuard no_gradients;
  for (auto& p : neck->parameters()) p.zero_();
  const auto in = row(2, 5);
  CHECK(golden::largest_difference(neck->forward(in)[0], in[0] / 4) < 1e-15);
  const auto time_only = SequenceAttention::make(kRow, {.frames = 0});
  time_only->to(at::kDouble);
  for (auto& p : time_only->parameters()) p.zero_();
  CHECK(golden::largest_difference(time_only->forward(in)[0], in[0] / 2) < 1e-15);
  const auto none = SequenceAttention::make(kRow, {.frames = 0, .time = false});
  CHECK(none->parameters().empty());
  CHECK(none->forward(in)[0].equal(in[0]));
}

TEST_CASE("one gate for each channel of a line, and one for each frame") {
  const torch::NoGradGuard no_gradients;
  const auto in = row(2, 5);
  const auto ratio = [&](SequenceAttention& neck) {
    neck.to(at::kDouble);
    golden::randomize(neck, 3);
    return neck.forward(in)[0] / in[0];
  };
  const auto channel = ratio(*SequenceAttention::make(kRow, {.frames = 5, .time = false}));
  CHECK(golden::largest_difference(channel, channel.select(3, 0).unsqueeze(3).expand_as(channel)) < 1e-12);
  const auto time = ratio(*SequenceAttention::make(kRow, {.frames = 0}));
  CHECK(golden::largest_difference(time, time.select(1, 0).unsqueeze(1).expand_as(time)) < 1e-12);
}

TEST_CASE("gates of channels need the number of frames that they were made for") {
  const auto neck = SequenceAttention::make(kRow, {.frames = 5});
  neck->to(at::kDouble);
  CHECK_THROWS_WITH_AS(neck->forward(row(1, 6)), doctest::Contains("expected 5 frames, got 6"), Error);
}

TEST_CASE("attention copies, learns, traces") {
  part_check::copies(*SequenceAttention::make(kRow, {.frames = 6}), row(2, 6));
  part_check::learns(*SequenceAttention::make(kRow, {.frames = 6}), row(2, 6));
  part_check::traces(*SequenceAttention::make(kRow, {.frames = 6}), row(1, 6), row(3, 6));
  part_check::traces(*SequenceAttention::make(kRow, {.frames = 0}), row(1, 6), row(3, 11));
}
