#include <scriba/zoo/reference_recognizer.hpp>

#include <doctest/doctest.h>

#include <scriba/io/model_settings.hpp>
#include <scriba/zoo/reference_recognizers.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>
#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "zoo/drawn_words.hpp"

using namespace scriba;

namespace {

using Model = zoo::CrnnMobileNetV3Small;

std::shared_ptr<Model> random_model(const Alphabet& alphabet) {
  auto model = std::make_shared<Model>(zoo::reference_recognizer_options<Model>(alphabet));
  golden::randomize(*model, 11);
  model->eval();
  return model;
}

// The weights as pytorchOCR saves them after training on several devices.
io::StateDict reference_weights(const Model& model) {
  const io::NameMap names{{{"head.fc.", "head.lstm_2.embedding."}, {"neck.", "head."}}};
  io::StateDict out;
  for (const auto& [name, tensor] : io::state_dict(model)) out.add("module." + names(name), tensor);
  return out;
}

void same(const std::vector<Transcript>& a, const std::vector<Transcript>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].text == b[i].text);
    CHECK(a[i].score == doctest::Approx(b[i].score).epsilon(1e-4));
  }
}

}  // namespace

TEST_CASE("a recogniser's checkpoint of the reference, one of ours and a folded one give the network that they hold") {
  const TemporaryFolder folder;
  const auto model = random_model(zoo::english_alphabet());
  io::write_torch_file(folder / "theirs.pt", reference_weights(*model), {});
  io::write_torch_file(folder / "ours.pt", io::state_dict(*model), {});
  io::save_composed(folder / "composed.pt", "CrnnMobileNetV3Small", *model);
  const std::vector<cv::Mat> crops{zoo_tests::drawn_word("hello").image, zoo_tests::drawn_word("w00d", false).image};
  const auto expected = model->predict(crops);
  CHECK_FALSE((expected[0].text.empty() && expected[1].text.empty()));
  model->fold();
  io::write_torch_file(folder / "folded.pt", io::state_dict(*model), {});
  for (const char* file : {"theirs.pt", "ours.pt", "composed.pt", "folded.pt"}) {
    CAPTURE(file);
    same(zoo::reference_recognizer("crnn-mobilenet-v3-small", folder / file).predict(crops), expected);
  }
}

TEST_CASE("the alphabet decides the number of classes") {
  const TemporaryFolder folder;
  const auto digits = Alphabet::from_line("0123456789");
  const auto model = random_model(digits);
  io::write_torch_file(folder / "digits.pt", io::state_dict(*model), {});
  const std::vector<cv::Mat> crops{zoo_tests::drawn_word("42").image};
  same(zoo::reference_recognizer("crnn-mobilenet-v3-small", folder / "digits.pt", {.alphabet = digits}).predict(crops),
       model->predict(crops));
  CHECK_THROWS_WITH_AS(zoo::reference_recognizer("crnn-mobilenet-v3-small", folder / "digits.pt"),
                       doctest::Contains("the alphabet does not fit the recogniser: expected 10 characters (and the blank), got 36"),
                       Error);
}

TEST_CASE("a file of training brings its settings, not its alphabet alone; options come after") {
  const TemporaryFolder folder;
  const auto model = random_model(zoo::english_alphabet());
  const std::vector<cv::Mat> crops{zoo_tests::drawn_word("hello").image, zoo_tests::drawn_word("w00d", false).image};
  const auto read = [&](const zoo::TextSearch& search = {}) {
    return zoo::reference_recognizer("crnn-mobilenet-v3-small", folder / "trained.pt", {.search = search}).predict(crops);
  };
  const auto score = [&] { return model->predict(crops)[0].score; };
  const auto mean = score();
  model->options().postprocess.greedy.score = ctc::Score::product;
  REQUIRE(score() != doctest::Approx(mean));
  model->options().input.size.min_canvas = model->options().input.size.max_width = 200;
  io::save_composed(folder / "trained.pt", "crnn-mobilenet-v3-small", *model);
  const auto best_path = model->predict(crops);
  same(read(), best_path);

  model->options().postprocess.beam_width = 4;
  io::save_composed(folder / "trained.pt", "crnn-mobilenet-v3-small", *model);
  REQUIRE(score() != doctest::Approx(best_path[0].score));
  same(read(), model->predict(crops));
  same(read({.own_language = false}), best_path);
}

TEST_CASE("every recogniser that trains is known to the programs") {
  const auto& names = zoo::trainable_recognizer_names();
  CHECK(names.size() == zoo::kReferenceRecognizers.size() + 3);
  for (const auto& name : names)
    if (!name.starts_with("pp-ocr"))
      CHECK_THROWS_WITH_AS(zoo::reference_recognizer(name, {}), doctest::Contains("no pretrained weights exist for this recogniser"),
                           Error);

  const TemporaryFolder folder;
  const std::vector<cv::Mat> crops{zoo_tests::drawn_word("42").image};
  const auto svtr = zoo::trainable_recognizer(zoo::kRecognizerVariant.name, Alphabet::from_line("0123456789"));
  golden::randomize(*svtr.module, 4);
  svtr.module->eval();
  svtr.save(folder / "svtr.pt");
  same(zoo::reference_recognizer(svtr.name, folder / "svtr.pt").predict(crops), svtr.predict(crops));
}

TEST_CASE("a beam search reads too, and what cannot be is refused") {
  const TemporaryFolder folder;
  io::write_torch_file(folder / "weights.pt", io::state_dict(*random_model(zoo::english_alphabet())), {});
  const std::vector<cv::Mat> crops{zoo_tests::drawn_word("hello").image};
  CHECK(zoo::reference_recognizer("crnn-mobilenet-v3-small", folder / "weights.pt", {.search = {.beam_width = 3}}).predict(crops).size() ==
        1);
  CHECK_THROWS_WITH_AS(zoo::reference_recognizer("crnn-resnet34", folder / "weights.pt"), doctest::Contains("weights do not fit"), Error);
  CHECK_THROWS_WITH_AS(zoo::reference_recognizer("crnn", folder / "weights.pt"), doctest::Contains("no such recogniser"), Error);
  CHECK_THROWS_WITH_AS(zoo::reference_recognizer("crnn-resnet34", {}), doctest::Contains("config/rec_CRNN_resnet34_english_lmdb.yaml"),
                       Error);
}

TEST_CASE("a recogniser whose preprocessing makes other planes than its backbone takes is refused when it is made") {
  auto options = zoo::reference_recognizer_options<Model>(zoo::english_alphabet());
  options.input.normalization.order = ChannelOrder::bgr;
  CHECK_THROWS_WITH_AS(Model{options}, doctest::Contains("expected 1 plane, got 3"), Error);
  options.backbone.planes = 3;
  CHECK_NOTHROW(Model{options});
}
