// Small recognisers learn drawn words by heart, with targets made from their texts.
#include <doctest/doctest.h>

#include <scriba/zoo/reference_recognizer.hpp>
#include "zoo/overfit_words.hpp"

namespace {

zoo_tests::WordFit learn(const char* name, int steps) {
  torch::manual_seed(3);
  torch::set_num_threads(2);
  const auto fit = zoo_tests::overfit_words(scriba::zoo::trainable_recognizer(name, scriba::zoo::english_alphabet()), steps);
  MESSAGE(name, ": loss ", fit.first_loss, " to ", fit.last_loss, ", ", fit.read, " of ", fit.words, " words read; ", fit.misread);
  CHECK(fit.last_loss < 0.15 * fit.first_loss);
  return fit;
}

}  // namespace

// LSTMs take some hundreds of steps more before the words are right: too long for a test.
TEST_CASE("CRNN with MobileNetV3 learns words") { learn("crnn-mobilenet-v3-small", 150); }

TEST_CASE("attention in place of LSTMs learns words, and reads them") {
  const auto fit = learn("svtr-mobilenet-v3-small", 150);
  CHECK(fit.read == fit.words);
}
