#include <scriba/train/frame_labels.hpp>

#include <limits>

#include "support/tensors.hpp"

using namespace scriba;

namespace {

// One line; frame t shows `best[t]` with the given probability, the rest shared by the other classes.
at::Tensor frames(const std::vector<std::int64_t>& best, const std::vector<double>& probability, std::int64_t classes = 4) {
  auto out = at::empty({1, static_cast<std::int64_t>(best.size()), classes}, at::kDouble);
  for (std::size_t t = 0; t < best.size(); ++t) {
    const auto row = out[0][static_cast<std::int64_t>(t)];
    row.fill_((1 - probability[t]) / static_cast<double>(classes - 1));
    row[best[t]] = probability[t];
  }
  return out;
}

std::vector<std::int64_t> labels(const head::CtcSequence& sequence, const train::FrameLabelsOptions& options = {}) {
  const auto out = train::frame_labels(sequence, options).flatten();
  return {out.data_ptr<std::int64_t>(), out.data_ptr<std::int64_t>() + out.numel()};
}

using Labels = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("frames have the label that a frozen model is sure of") {
  head::CtcSequence sequence;
  sequence.probability = frames({1, 0, 2, 3, 3, 3, 1}, {0.99, 0.99, 0.9, 0.99, 0.98, 0.97, 0.96});
  CHECK(labels(sequence) == Labels{1, -1, -1, -1, -1, 3, 1});
  CHECK(labels(sequence, {.last_of_run = false}) == Labels{1, -1, -1, 3, 3, 3, 1});
  CHECK(labels(sequence, {.confidence = 0.5}) == Labels{1, -1, 2, -1, -1, 3, 1});
  CHECK(labels(sequence, {.blank = 3, .last_of_run = false}) == Labels{1, 0, -1, -1, -1, -1, 1});

  head::CtcSequence logits;
  logits.logits = sequence.probability.log() + 3;
  CHECK(labels(logits) == labels(sequence));
}

TEST_CASE("a run ends at its last frame that is sure") {
  head::CtcSequence sequence;
  sequence.probability = frames({2, 2, 2}, {0.99, 0.99, 0.6});
  CHECK(labels(sequence) == Labels{-1, 2, -1});
  sequence.probability = frames({2}, {0.99});
  CHECK(labels(sequence) == Labels{2});
}

TEST_CASE("no gradient reaches the frozen model; NaN has no label; nothing to look at is refused") {
  head::CtcSequence sequence;
  sequence.logits = at::randn({2, 3, 4}).requires_grad_();
  CHECK(!train::frame_labels(sequence).requires_grad());
  sequence.logits = at::full({1, 3, 4}, std::numeric_limits<float>::quiet_NaN());
  CHECK(labels(sequence) == Labels{-1, -1, -1});
  CHECK_THROWS_AS(train::frame_labels({}), Error);
}
