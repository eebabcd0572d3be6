// Recognisers by name: what training wrote, programs read.
#include <scriba/zoo/trainable_recognizer.hpp>

#include <scriba/loss/ctc.hpp>
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

TEST_CASE("a text with a character that the alphabet lacks is left out, and reported") {
  const auto recognizer = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("ab"));
  const std::vector<std::string> texts{"ab", "axb"};
  train::TextReport report;
  const auto target = std::any_cast<loss::CtcTarget>(recognizer.target(texts, report));
  CHECK(report.unknown == 1);
  CHECK(target.labels.equal(at::tensor({1, 2}, at::kLong)));
  CHECK(target.lengths.equal(at::tensor({2, 0}, at::kLong)));
}
