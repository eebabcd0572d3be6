// Recognisers by name: what training wrote, programs read.
#include <scriba/zoo/trainable_recognizer.hpp>

#include <scriba/zoo/reference_recognizer.hpp>
#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "zoo/drawn_words.hpp"

using namespace scriba;

TEST_CASE("a trained recogniser's file brings its alphabet to the programs") {
  const TemporaryFolder folder;
  const auto recognizer = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("0123456789"));
  golden::randomize(*recognizer.module, 2);
  recognizer.module->eval();
  recognizer.save(folder / "trained.pt");
  const std::vector crops{zoo_tests::drawn_word("42").image};
  const auto expected = recognizer.predict(crops), got = zoo::reference_recognizer(recognizer.name, folder / "trained.pt").predict(crops);
  CHECK(got.at(0).text == expected.at(0).text);
  CHECK(got.at(0).score == doctest::Approx(expected.at(0).score).epsilon(1e-4));
}

TEST_CASE("characters that the alphabet lacks are not learnt") {
  const auto recognizer = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("ab"));
  const std::vector words{zoo_tests::drawn_word("axb")};
  const auto batch = zoo_tests::line_batch(words, *recognizer.input);
  torch::manual_seed(1);
  recognizer.module->eval();  // statistics stay
  recognizer.module->named_children()["head"]->train();
  const std::vector<std::string> with{"axb"}, without{"ab"};
  CHECK(recognizer.loss_of(batch, with).total.item<float>() == recognizer.loss_of(batch, without).total.item<float>());
}
