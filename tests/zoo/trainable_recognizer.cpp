// Recognisers by name: what training wrote, programs read.
#include <scriba/zoo/trainable_recognizer.hpp>

#include <scriba/image/read.hpp>
#include <scriba/train/trainer.hpp>
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

TEST_CASE("a center loss beside CTC: the centers move at their own rate, and the network feels them") {
  const auto alphabet = Alphabet::from_line("0123456789");
  const std::vector words{zoo_tests::drawn_word("42"), zoo_tests::drawn_word("7310", false)};
  const auto texts = zoo_tests::texts(words);
  const auto made = [&] {
    torch::manual_seed(4);
    return zoo::trainable_recognizer("crnn-mobilenet-v3-small", alphabet);
  };
  auto plain = made(), recognizer = made();
  const auto images = zoo_tests::line_batch(words, *recognizer.input);
  // Random weights are sure of nothing: every frame that shows no blank counts.
  const auto centers = zoo::add_center_loss(recognizer, made(), {.weight = 0.1, .labels = {.confidence = 0}});
  const auto before = centers->centers.detach().clone();
  CHECK(before.sizes() == at::IntArrayRef({11, 11}));

  const auto value = [](const LossTerms& terms, const char* name) {
    for (const auto& [known, tensor] : terms.terms)
      if (known == name) return tensor.item<double>();
    return -1.0;
  };
  const auto without = plain.loss_of(images, texts), with = recognizer.loss_of(images, texts);
  CHECK(value(without, "center") == -1);
  REQUIRE(value(with, "frames") > 0);
  CHECK(with.total.item<double>() == doctest::Approx(without.total.item<double>() + 0.1 * value(with, "center")).epsilon(1e-4));
  const double share = value(with, "character_share");
  CHECK((share >= 0 && share <= 1));
  without.total.backward(), with.total.backward();
  CHECK_FALSE(plain.module->parameters().front().grad().allclose(recognizer.module->parameters().front().grad()));

  train::Trainer trainer(recognizer.module, {.schedule = {.rate = 1e-3, .length = 2}});
  trainer.add_optimizer(centers->parameters(), {}, {.kind = train::RateKind::constant, .rate = 0.5});
  for (int i = 0; i < 2; ++i) trainer.step([&](int) { return recognizer.loss_of(images, texts); });
  const auto moved = (centers->centers.detach() - before).norm(2, 1);
  CHECK(moved.max().item<double>() > 0.5);
  CHECK(moved[0].item<double>() == 0);  // the blank's, which no frame shows
}

TEST_CASE("a center loss is refused where it cannot be") {
  const auto alphabet = Alphabet::from_line("0123456789");
  auto recognizer = zoo::trainable_recognizer("crnn-mobilenet-v3-small", alphabet);
  CHECK_THROWS_WITH_AS(zoo::add_center_loss(recognizer, zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("ab"))),
                       doctest::Contains("the frozen network has another alphabet"), Error);
  auto fixed = zoo::trainable_recognizer("fc-resnet50", alphabet);
  CHECK_THROWS_WITH_AS(zoo::add_center_loss(fixed, zoo::trainable_recognizer("crnn-mobilenet-v3-small", alphabet)),
                       doctest::Contains("needs a recogniser with CTC: fc-resnet50"), Error);
}
