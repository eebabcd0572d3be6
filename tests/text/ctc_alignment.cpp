#include <scriba/text/ctc_alignment.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/ctc_matrix.hpp"

namespace ctc = scriba::ctc;
using ctc_test::Labels, ctc_test::Matrix, ctc_test::random_logits, ctc_test::softmax;
using scriba::Alphabet;

namespace {

// The most probable path that collapses to `labels`, by trying all paths: its log-probability.
double best_by_trying(const Matrix& probability, const Labels& labels) {
  double best = -std::numeric_limits<double>::infinity();
  std::vector<std::int64_t> path(static_cast<std::size_t>(probability.frames), 0);
  for (;;) {
    Labels collapsed;
    double sum = 0;
    for (std::size_t t = 0; t < path.size(); ++t) {
      sum += std::log(probability.values[t * static_cast<std::size_t>(probability.classes) + static_cast<std::size_t>(path[t])]);
      if (path[t] != 0 && (t == 0 || path[t] != path[t - 1])) collapsed.push_back(path[t]);
    }
    if (collapsed == labels) best = std::max(best, sum);
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == probability.classes) path[t++] = 0;
    if (t == path.size()) return best;
  }
}

// The path that an alignment says, with the blank wherever no label is.
double of_path(const Matrix& probability, const Labels& labels, const std::vector<ctc::LabelFrames>& places) {
  double sum = 0;
  for (std::int64_t t = 0; t < probability.frames; ++t) {
    std::int64_t c = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (t >= places[i].first && t <= places[i].last) c = labels[i];
    sum += std::log(probability.values[static_cast<std::size_t>(t * probability.classes + c)]);
  }
  return sum;
}

}  // namespace

TEST_CASE("an alignment is the most probable path of a text") {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    const auto logits = random_logits(random, 6, 3);
    const auto probability = softmax(logits);
    for (const auto& labels : {Labels{1}, Labels{1, 2}, Labels{1, 1}, Labels{2, 1, 2}, Labels{1, 1, 2}, Labels{2, 2, 2}}) {
      const auto places = ctc::align(logits.view(ctc::Values::logit), labels, 0);
      REQUIRE(places.size() == labels.size());
      for (std::size_t i = 0; i < places.size(); ++i) {
        CHECK(places[i].first <= places[i].last);
        if (i > 0) CHECK(places[i].first > places[i - 1].last + (labels[i] == labels[i - 1] ? 1 : 0));
      }
      CHECK(of_path(probability, labels, places) == doctest::Approx(best_by_trying(probability, labels)).epsilon(1e-9));
    }
  }
}

TEST_CASE("the best path aligns as it was read") {
  const auto alphabet = Alphabet::from_line("ab");
  const std::vector<double> p{.9, .05, .05, .1, .8, .1, .2, .7, .1, .8, .1, .1, .1, .6, .3, .1, .1, .8};
  const ctc::Frames<double> frames{p.data(), 6, 3, 3};
  const auto greedy = ctc::greedy(frames, alphabet);
  REQUIRE(greedy.text == "aab");
  const auto again = ctc::aligned(frames, Labels{1, 1, 2}, alphabet);
  CHECK(again.text == greedy.text);
  CHECK(again.score == doctest::Approx(greedy.score));
  CHECK(again.frames == 6);
  REQUIRE(again.characters.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(again.characters[i].first_frame == greedy.characters[i].first_frame);
    CHECK(again.characters[i].last_frame == greedy.characters[i].last_frame);
    CHECK(again.characters[i].confidence == doctest::Approx(greedy.characters[i].confidence));
  }
}

TEST_CASE("texts that the frames cannot hold have no alignment") {
  const std::vector<double> p{.2, .4, .4, .2, .4, .4};
  const ctc::Frames<double> frames{p.data(), 2, 3, 3};
  CHECK(ctc::align(frames, Labels{1, 1}, 0).empty());  // a repeat needs a blank between
  CHECK(ctc::align(frames, Labels{1, 2, 1}, 0).empty());
  CHECK(ctc::align(frames, Labels{}, 0).empty());
  CHECK(ctc::align(frames, Labels{3}, 0).empty());
  CHECK(ctc::align(frames, Labels{0}, 0).empty());
  CHECK(ctc::align(frames, Labels{1}, 9).empty());
  CHECK(ctc::align(ctc::Frames<double>{nullptr, 0, 3, 3}, Labels{1}, 0).empty());
  const std::vector<double> never{.5, 0, .5, .5, 0, .5}, nan(6, std::numeric_limits<double>::quiet_NaN());
  CHECK(ctc::align(ctc::Frames<double>{never.data(), 2, 3, 3}, Labels{1}, 0).empty());
  CHECK(ctc::align(ctc::Frames<double>{nan.data(), 2, 3, 3}, Labels{1}, 0).empty());
  const auto text = ctc::aligned(ctc::Frames<double>{never.data(), 2, 3, 3}, Labels{1}, Alphabet::from_line("ab"));
  CHECK(text.text == "a");
  CHECK(text.characters.empty());
  CHECK(text.score == 0);
}
