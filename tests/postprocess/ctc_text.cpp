#include <scriba/postprocess/ctc_text.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

using namespace scriba;

namespace {

// One crop whose frames say "c" or "k" (a little more likely), "a", "t".
head::CtcSequence frames() {
  auto p = at::full({1, 6, 6}, 0.01f);
  const auto set = [&](std::int64_t t, std::int64_t c, float value) { p[0][t][c] = value; };
  for (const std::int64_t t : {0, 2, 4}) set(t, 0, 0.95f);
  set(1, 1, 0.46f), set(1, 4, 0.5f), set(3, 2, 0.95f), set(5, 3, 0.95f);
  head::CtcSequence out;
  out.probability = p;
  return out;
}

const std::vector<cv::Size> kSource{{60, 20}};
const Alphabet kLetters = Alphabet::from_line("catk ");

Transcript read(postprocess::CtcTextOptions options) {
  options.alphabet = kLetters;
  return postprocess::CtcText(options)(frames(), kSource).at(0);
}

}  // namespace

TEST_CASE("the best path and the beam search say where each character is") {
  for (const std::size_t width : {0, 5}) {
    const auto text = read({.beam_width = width});
    CHECK(text.text == "kat");
    CHECK(text.frames == 6);
    REQUIRE(text.characters.size() == 3);
    CHECK(text.characters[1].first_frame == 3);
    CHECK(text.characters[2].confidence == doctest::Approx(0.95));
    CHECK(text.score == doctest::Approx((0.5 + 0.95 + 0.95) / 3));
  }
}

TEST_CASE("a lexicon and a language model choose among texts; their characters are placed, too") {
  const std::vector<std::string> words{"cat"}, others{"tacktack"};
  const auto model = std::make_shared<const CharacterModel>(CharacterModel::train(words));
  const auto by_lexicon = read({.beam_width = 5, .lexicon = std::make_shared<const ctc::Lexicon>(words, kLetters)});
  const auto by_model = read({.beam_width = 5, .language = std::make_shared<const ctc::LanguageScorer>(model, kLetters)});
  for (const auto& text : {by_lexicon, by_model}) {
    CHECK(text.text == "cat");
    CHECK(text.characters[0].confidence == doctest::Approx(0.46));
    CHECK(text.characters[0].first_frame == 1);
  }
  CHECK(read({.beam_width = 5, .lexicon = std::make_shared<const ctc::Lexicon>(others, kLetters)}).text == "kat");
}

TEST_CASE("an engine's best classes are read like probabilities; an alphabet of another size is refused") {
  const auto probability = frames().probability;
  head::CtcSequence classes;
  std::tie(classes.best_probability, classes.best_class) = probability.max(-1);
  const postprocess::CtcText post({.alphabet = kLetters});
  CHECK(post(classes, kSource).at(0).text == "kat");
  CHECK_THROWS_AS(postprocess::CtcText({.alphabet = Alphabet::from_line("ab")})(frames(), kSource), Error);
  CHECK_THROWS_AS(post(frames(), std::vector<cv::Size>(2)), Error);
}
