#include <scriba/text/ctc_language.hpp>

#include <doctest/doctest.h>

#include <memory>

using scriba::Alphabet, scriba::CharacterModel, scriba::ctc::LanguageScorer;

TEST_CASE("classes are scored as the characters they stand for") {
  const auto model = std::make_shared<const CharacterModel>(CharacterModel::train(std::vector<std::string>{"क्षa", "ab"}));
  const Alphabet alphabet({"a", "b", "क्ष"});  // the last one is three code points
  const LanguageScorer language(model, alphabet, 0.5, 0.25);
  auto at = language.start();
  for (const auto label : {3, 1}) at = language.next(at, label);
  CHECK(language.end(at).score == doctest::Approx(0.5 * model->log_probability("क्षa") + 4 * 0.25));
  CHECK(language.next(at, 0).score == at.score);  // the blank
  CHECK(language.next(at, 99).score == at.score);
  CHECK_THROWS_AS(LanguageScorer({}, alphabet), scriba::Error);
}
