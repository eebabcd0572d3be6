// Recognisers by name: what training wrote, programs read.
#include <scriba/zoo/trainable_recognizer.hpp>

#include <scriba/image/read.hpp>
#include <scriba/zoo/pretrained.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include "io/temporary_folder.hpp"
#include "support/golden.hpp"
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

TEST_CASE("words that the alphabet cannot spell are left out, and counted") {
  const auto recognizer = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("ab"));
  const std::vector words{zoo_tests::drawn_word("ab"), zoo_tests::drawn_word("axb")};
  const auto both = zoo_tests::line_batch(words, *recognizer.input);
  recognizer.module->eval();  // statistics stay
  recognizer.module->named_children()["head"]->train();
  const std::vector<std::string> texts{"ab", "axb"}, one{"ab"};
  train::TextReport report;
  const auto target = recognizer.target(texts, report);
  CHECK(report.texts == 2);
  CHECK(report.unknown == 1);
  CHECK(recognizer.loss(both, target, false).total.item<float>() ==
        doctest::Approx(recognizer.loss_of(both.narrow(0, 0, 1), one).total.item<float>()).epsilon(1e-5));
}

TEST_CASE("the published recogniser begins with another alphabet: what both have is read as before") {
  const auto weights = zoo::pretrained_folder() / zoo::kPpOcrV6RecognizerFile;
  if (golden::absent(weights)) return;
  auto recognizer = zoo::trainable_recognizer("pp-ocr-v6", Alphabet::from_line("ERTCAX"));
  CHECK(zoo::load_initial_weights(recognizer, weights));
  recognizer.module->eval();
  const std::vector crops{read_image(SCRIBA_SOURCE "/docs/images/word.png")};
  CHECK(recognizer.predict(crops).at(0).text == "CREATE");
  // What training wrote starts another run, with a third alphabet.
  const TemporaryFolder folder;
  recognizer.save(folder / "trained.pt");
  auto again = zoo::trainable_recognizer("pp-ocr-v6", Alphabet::from_line("ACERT-"));
  CHECK_FALSE(zoo::load_initial_weights(again, folder / "trained.pt"));
  again.module->eval();
  CHECK(again.predict(crops).at(0).text == "CREATE");
  auto crnn = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("ab"));
  CHECK_THROWS_WITH_AS(zoo::load_initial_weights(crnn, weights), doctest::Contains("PP-OCR recognisers only"), Error);
}
