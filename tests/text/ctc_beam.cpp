#include <scriba/text/ctc_beam.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include <scriba/text/ctc_greedy.hpp>
#include "support/ctc_matrix.hpp"

namespace ctc = scriba::ctc;
using ctc_test::all_texts, ctc_test::Labels, ctc_test::random_logits, ctc_test::softmax;
using scriba::Alphabet;

namespace {
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("no frames are an empty text") {
  const auto found = ctc::beam_search(ctc::Frames<float>{nullptr, 0, 3, 3});
  REQUIRE(found.size() == 1);
  CHECK(found[0].labels.empty());
  CHECK(found[0].log_probability == 0);
}

TEST_CASE("logits, log-probabilities and probabilities give the same reading") {
  std::mt19937 random(1);
  for (std::int64_t classes : {2, 5, 16, 37, 100}) {
    const auto logits = random_logits(random, 12, classes);
    const auto probability = softmax(logits);
    auto log_probability = probability;
    for (double& v : log_probability.values) v = std::log(v);
    const auto a = ctc::best_path(probability.view(ctc::Values::probability)), b = ctc::best_path(logits.view(ctc::Values::logit)),
               c = ctc::best_path(log_probability.view(ctc::Values::log_probability));
    for (std::size_t t = 0; t < a.size(); ++t) {
      CHECK(a[t].class_index == b[t].class_index);
      CHECK(a[t].class_index == c[t].class_index);
      CHECK(b[t].probability == doctest::Approx(a[t].probability).epsilon(1e-6));
      CHECK(c[t].probability == doctest::Approx(a[t].probability).epsilon(1e-6));
    }
    const auto x = ctc::beam_search(probability.view(ctc::Values::probability)), y = ctc::beam_search(logits.view(ctc::Values::logit)),
               z = ctc::beam_search(log_probability.view(ctc::Values::log_probability));
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(x[i].labels == y[i].labels);
      CHECK(x[i].labels == z[i].labels);
      CHECK(x[i].log_probability == doctest::Approx(y[i].log_probability));
    }
  }
}

TEST_CASE("a wide beam search equals the sum over all paths") {
  std::mt19937 random(2);
  for (int round = 0; round < 20; ++round) {
    const auto logits = random_logits(random, 5, 4);
    const auto exact = all_texts(softmax(logits));
    const auto found = ctc::beam_search(logits.view(ctc::Values::logit), {.width = 2000, .results = 2000});
    CHECK(found.size() == exact.size());
    for (const auto& text : found) CHECK(text.log_probability == doctest::Approx(std::log(exact.at(text.labels))).epsilon(1e-9));
    CHECK(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.log_probability > b.log_probability; }));
  }
}

TEST_CASE("candidates prune classes; a width of 1 follows one prefix") {
  std::mt19937 random(4);
  const auto logits = random_logits(random, 10, 30);
  const auto all = ctc::beam_search(logits.view(ctc::Values::logit), {.width = 8});
  const auto pruned = ctc::beam_search(logits.view(ctc::Values::logit), {.width = 8, .candidates = 15});
  REQUIRE(!pruned.empty());
  CHECK(pruned[0].labels == all[0].labels);
  CHECK(pruned[0].log_probability <= all[0].log_probability + 1e-12);
  CHECK(ctc::beam_search(logits.view(ctc::Values::logit), {.width = 1}).size() == 1);
  CHECK_THROWS_AS(ctc::beam_search(logits.view(ctc::Values::logit), {.width = 0}), scriba::Error);
  CHECK_THROWS_AS(ctc::beam_search(logits.view(ctc::Values::logit), {.blank = 30}), scriba::Error);
}

TEST_CASE("a beam search survives NaN, zeros and equal classes") {
  const std::vector<double> row{0, kNan, 0, 1};
  CHECK(ctc::beam_search(ctc::Frames<double>{row.data(), 1, 4, 4})[0].labels == Labels{3});
  const std::vector<double> nothing(8, kNan), equal(40, .25);
  CHECK(ctc::beam_search(ctc::Frames<double>{nothing.data(), 2, 4, 4}).empty());
  const auto first = ctc::beam_search(ctc::Frames<double>{equal.data(), 10, 4, 4}, {.width = 3});
  CHECK(first[0].labels == ctc::beam_search(ctc::Frames<double>{equal.data(), 10, 4, 4}, {.width = 3})[0].labels);
}

TEST_CASE("a lexicon restricts the search to one of its words") {
  const auto alphabet = Alphabet::from_line("act ");
  const std::vector<std::string> words{"cat", "act", "", "dog"};
  const ctc::Lexicon lexicon(words, alphabet);
  CHECK(lexicon.skipped() == 2);
  // Frames that say "cct" most loudly.
  const std::vector<float> p{.1f, .1f, .7f, .1f, 0,   .6f, .1f, .1f, .1f, .1f, .1f, .3f, .5f,
                             .1f, 0,   .6f, .1f, .1f, .1f, .1f, .1f, .1f, .1f, .7f, 0};
  const ctc::Frames<float> frames{p.data(), 5, 5, 5};
  CHECK(ctc::greedy(frames, alphabet).text == "cct");
  const auto found = ctc::beam_search(frames, {}, &lexicon);
  REQUIRE(!found.empty());
  CHECK(alphabet.decode(found[0].labels) == "cat");
  for (const auto& text : found) CHECK(std::find(words.begin(), words.end(), alphabet.decode(text.labels)) != words.end());
}

TEST_CASE("a lexicon of words between separators") {
  const auto alphabet = Alphabet::from_line("ab ");
  const std::vector<std::string> words{"a", "ab"};
  const ctc::Lexicon one(words, alphabet), many(words, alphabet, alphabet.class_of(" "));
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    const auto logits = random_logits(random, 8, 4);
    for (const auto& text : ctc::beam_search(logits.view(ctc::Values::logit), {.width = 50, .results = 50}, &many)) {
      std::string rest = alphabet.decode(text.labels);
      while (!rest.empty()) {  // a word, then the end or a separator and another word
        const auto end = std::min(rest.find(' '), rest.size());
        const auto word = rest.substr(0, end);
        CHECK((word == "a" || word == "ab"));
        CHECK(end + 1 != rest.size());
        rest.erase(0, end + 1);
      }
    }
    for (const auto& text : ctc::beam_search(logits.view(ctc::Values::logit), {}, &one)) CHECK_FALSE(text.labels.empty());
  }
  const std::vector<double> only_blank{1, 0, 0, 0};
  CHECK(ctc::beam_search(ctc::Frames<double>{only_blank.data(), 1, 4, 4}, {}, &one).empty());
  CHECK(ctc::beam_search(ctc::Frames<double>{only_blank.data(), 1, 4, 4}, {}, &many).size() == 1);
}

TEST_CASE("with a language model a wide search orders all texts by both scores") {
  const auto alphabet = Alphabet::from_line("abc");
  const std::vector<std::string> lines{"abab", "ab", "ba", "cab"};
  const auto model = std::make_shared<const scriba::CharacterModel>(scriba::CharacterModel::train(lines, {.order = 3}));
  const double weight = 0.7, bonus = 0.4;
  const ctc::LanguageScorer language(model, alphabet, weight, bonus);
  std::mt19937 random(6);
  for (int round = 0; round < 10; ++round) {
    const auto logits = random_logits(random, 5, 4);
    const auto exact = all_texts(softmax(logits));
    const auto found = ctc::beam_search(logits.view(ctc::Values::logit), {.width = 2000, .results = 2000}, nullptr, &language);
    REQUIRE(found.size() == exact.size());
    for (const auto& text : found) {
      CHECK(text.log_probability == doctest::Approx(std::log(exact.at(text.labels))).epsilon(1e-9));
      const double said = weight * model->log_probability(alphabet.decode(text.labels)) + bonus * static_cast<double>(text.labels.size());
      CHECK(text.score == doctest::Approx(text.log_probability + said).epsilon(1e-9));
    }
    CHECK(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.score > b.score; }));
  }
}

TEST_CASE("a language model decides between equal letters; a weight of 0 leaves the frames alone") {
  const auto alphabet = Alphabet::from_line("hteu");
  const auto model = std::make_shared<const scriba::CharacterModel>(scriba::CharacterModel::train(std::vector<std::string>{"the", "the"}));
  // "th", then e or u, u a little more likely.
  const std::vector<double> p{.02, .04, .9, .02, .02, .02, .9, .04, .02, .02, .02, .02, .02, .46, .48};
  const ctc::Frames<double> frames{p.data(), 3, 5, 5};
  const auto read = [&](double weight) {
    const ctc::LanguageScorer language(model, alphabet, weight);
    return alphabet.decode(ctc::beam_search(frames, {}, nullptr, &language).at(0).labels);
  };
  CHECK(read(0) == "thu");
  CHECK(read(0.5) == "the");
}
