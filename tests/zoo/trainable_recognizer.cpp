// Recognisers by name: what training wrote, programs read.
#include <scriba/zoo/trainable_recognizer.hpp>

#include <scriba/image/read.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/io/weights.hpp>
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
  const auto loaded = zoo::load_initial_weights(recognizer, weights);
  CHECK(loaded.deployed);
  REQUIRE(loaded.characters);
  CHECK(loaded.characters->line() == "6 characters kept, 0 new");
  recognizer.module->eval();
  const std::vector crops{read_image(SCRIBA_SOURCE "/docs/images/word.png")};
  CHECK(recognizer.predict(crops).at(0).text == "CREATE");
  // What training wrote starts another run, with a third alphabet.
  const TemporaryFolder folder;
  recognizer.save(folder / "trained.pt");
  auto again = zoo::trainable_recognizer("pp-ocr-v6", Alphabet::from_line("ACERT-"));
  const auto third = zoo::load_initial_weights(again, folder / "trained.pt");
  CHECK_FALSE(third.deployed);
  CHECK(third.characters.value().line() == "5 characters kept, 1 new");
  again.module->eval();
  CHECK(again.predict(crops).at(0).text == "CREATE");
  auto crnn = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("ab"));
  CHECK_THROWS_WITH_AS(zoo::load_initial_weights(crnn, weights), doctest::Contains("PP-OCR recognisers only"), Error);
}

namespace {

// The head's rows of a class, of its weight or bias: [positions, ...].
at::Tensor rows_of(const zoo::TrainableRecognizer& recognizer, const char* name, std::string_view character) {
  const auto rows = io::state_dict(*recognizer.module).at(name).unflatten(0, {-1, recognizer.alphabet.classes()});
  return rows.select(1, character.empty() ? recognizer.alphabet.blank() : recognizer.alphabet.class_of(character));
}

}  // namespace

TEST_CASE("any recogniser begins with another alphabet by character: the same characters in another order, others, more") {
  const TemporaryFolder folder;
  for (const auto& head : {std::pair{"crnn-mobilenet-v3-small", "head.fc."}, std::pair{"fc-resnet50", "head.fc_out."}}) {
    const std::string model = head.first, last = head.second;
    CAPTURE(model);
    const auto trained = zoo::trainable_recognizer(model, Alphabet::from_line("0123456789"));
    trained.save(folder / "trained.pt");
    const auto weight = last + "weight", bias = last + "bias";
    for (const auto& change : {std::pair{"9876543210", "10 characters kept, 0 new"}, std::pair{"97531ab", "5 characters kept, 2 new"},
                               std::pair{"abcdefghijklmnop", "0 characters kept, 16 new"}}) {
      const std::string characters = change.first, says = change.second;
      CAPTURE(characters);
      auto next = zoo::trainable_recognizer(model, Alphabet::from_line(characters));
      const auto fresh = zoo::trainable_recognizer(model, next.alphabet);
      io::load_weights(*next.module, io::state_dict(*fresh.module));
      const auto loaded = zoo::load_initial_weights(next, folder / "trained.pt");
      CHECK(loaded.characters.value().line() == says);
      for (const auto& name : {weight, bias}) {
        CHECK(rows_of(next, name.c_str(), "").equal(rows_of(trained, name.c_str(), "")));
        for (const auto& character : next.alphabet.characters())
          CHECK(rows_of(next, name.c_str(), character)
                    .equal(rows_of(trained.alphabet.class_of(character) >= 0 ? trained : fresh, name.c_str(), character)));
      }
      const auto before = io::state_dict(*trained.module);
      for (const auto& [name, tensor] : io::state_dict(*next.module))
        if (!name.starts_with(last)) CHECK(tensor.equal(before.at(name)));
    }
  }
}

TEST_CASE("a checkpoint that names no characters: its own alphabet, or one of as many classes") {
  const TemporaryFolder folder;
  const auto trained = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("0123456789"));
  io::StateDict theirs;  // by pytorchOCR's names
  for (const auto& [name, tensor] : io::state_dict(*trained.module))
    theirs.add(name.starts_with("head.fc.")     ? "head.lstm_2.embedding." + name.substr(8)
               : name.starts_with("neck.lstm_") ? "head." + name.substr(5)
                                                : name,
               tensor);
  io::write_torch_file(folder / "theirs.pt", theirs, {});

  auto same = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("abcdefghij"));
  CHECK_FALSE(zoo::load_initial_weights(same, folder / "theirs.pt").characters);
  CHECK(rows_of(same, "head.fc.weight", "a").equal(rows_of(trained, "head.fc.weight", "0")));

  auto fewer = zoo::trainable_recognizer("crnn-mobilenet-v3-small", Alphabet::from_line("975ab"));
  CHECK_THROWS_WITH_AS(
      zoo::load_initial_weights(fewer, folder / "theirs.pt"),
      doctest::Contains("theirs.pt: expected 6 classes, one for each character and the blank, or the file's own characters "
                        "(train_recognizer --init-alphabet), got 11 classes, and no characters in the file"),
      Error);
  CHECK_THROWS_WITH_AS(zoo::load_initial_weights(fewer, folder / "theirs.pt", Alphabet::from_line("012")),
                       doctest::Contains("expected 4 classes, one for each character and the blank, got 11 classes"), Error);
  CHECK(zoo::load_initial_weights(fewer, folder / "theirs.pt", trained.alphabet).characters.value().line() == "3 characters kept, 2 new");
  CHECK(rows_of(fewer, "head.fc.weight", "7").equal(rows_of(trained, "head.fc.weight", "7")));

  // Deployed, the classes are called by the alphabet that is given.
  trained.save(folder / "ours.pt");
  const auto relabelled = zoo::finished_recognizer("crnn-mobilenet-v3-small", folder / "ours.pt", Alphabet::from_line("9876543210"));
  CHECK(rows_of(relabelled, "head.fc.weight", "9").equal(rows_of(trained, "head.fc.weight", "0")));
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
