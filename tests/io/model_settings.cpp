// Whole models through a file: weights, preprocessing, alphabet and thresholds come back.
#include <scriba/io/model_settings.hpp>
#include <scriba/zoo/pp_ocr.hpp>

#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("a detector comes back with its settings, in training form and folded") {
  const TemporaryFolder folder;
  zoo::PpOcrV6Detector model(
      {.head = {.threshold = false},
       .postprocess = {.threshold = 0.25f, .shape = postprocess::RegionShape::polygon, .corners = CornerOrder::by_angle},
       .input = {.resize = {.by = ResizeSide::longer, .side = 640}, .normalization = imagenet_normalization(ChannelOrder::rgb)}});
  golden::randomize(model, 4);
  model.eval();
  const torch::NoGradGuard no_gradients;
  const auto batch = at::rand({1, 3, 64, 96});
  for (const bool folded : {false, true}) {
    if (folded) model.fold();
    io::save_composed(folder / "detector.pt", "PpOcrV6Detector", model);
    const auto again = io::load_composed<zoo::PpOcrV6Detector>(folder / "detector.pt", "PpOcrV6Detector", {.head = {.threshold = false}});
    CHECK(again->options().postprocess.threshold == 0.25f);
    CHECK(again->options().postprocess.shape == postprocess::RegionShape::polygon);
    CHECK(again->options().postprocess.corners == CornerOrder::by_angle);
    CHECK(again->options().input.resize.by == ResizeSide::longer);
    CHECK(again->options().input.resize.side == 640);
    CHECK(again->options().input.normalization.order == ChannelOrder::rgb);
    CHECK(again->options().input.normalization.mean[1] == 0.456);
    CHECK(golden::largest_difference(again->forward(batch).shrink, model.forward(batch).shrink) == 0);
  }
  CHECK_THROWS_WITH_AS(io::load_composed<zoo::PpOcrV6Detector>(folder / "detector.pt", "PpOcrV4Detector"),
                       doctest::Contains("PpOcrV6Detector"), Error);
}

TEST_CASE("a recogniser comes back with its alphabet, which decides its classes") {
  const TemporaryFolder folder;
  auto options = zoo::pp_ocr_recognizer_options(Alphabet({"a", "\u4e2d", "क्ष", " "}, BlankClass::first));
  options.input.size.padding = LinePadding::black;
  options.postprocess.greedy.score = ctc::Score::product;
  zoo::PpOcrV6Recognizer model(options);
  model.eval();
  io::save_composed(folder / "recognizer.pt", "PpOcrV6Recognizer", model);
  const auto again = io::load_composed<zoo::PpOcrV6Recognizer>(folder / "recognizer.pt", "PpOcrV6Recognizer");
  CHECK(again->options().head.classes == 5);
  CHECK(again->options().postprocess.alphabet.characters() == options.postprocess.alphabet.characters());
  CHECK(again->options().postprocess.greedy.score == ctc::Score::product);
  CHECK(again->options().input.size.padding == LinePadding::black);
  const cv::Mat crop(20, 90, CV_8UC3, cv::Scalar::all(120));
  CHECK(again->predict({&crop, 1})[0].text == model.predict({&crop, 1})[0].text);
}

TEST_CASE("a file from before a setting existed is read with the setting's default") {
  const TemporaryFolder folder;
  zoo::PpOcrV6Recognizer model(zoo::pp_ocr_recognizer_options(Alphabet({"a", "b"}, BlankClass::first)));
  io::save_composed(folder / "now.pt", "PpOcrV6Recognizer", model);
  CHECK(io::load_composed<zoo::PpOcrV6Recognizer>(folder / "now.pt", "")->options().input.tall_lines == TallLines::best_turn);
  const auto file = io::load_model(folder / "now.pt");
  const auto without = [](const io::Dict& dict, std::string_view name) {
    io::Dict out;
    for (const auto& [key, value] : dict.entries)
      if (*key.get<std::string>() != name) out.set(*key.get<std::string>(), value);
    return out;
  };
  io::Record before;
  for (const char* key : {"deployed", "postprocess"}) before.set(key, *file.record.dict().find(key));
  before.set("input", without(file.record.record("input").dict(), "tall_lines"));
  io::save_model(folder / "before.pt", "PpOcrV6Recognizer", file.weights, before);
  CHECK(io::load_composed<zoo::PpOcrV6Recognizer>(folder / "before.pt", "")->options().input.tall_lines == TallLines::upright);
}

TEST_CASE("unfit settings are named") {
  const TemporaryFolder folder;
  io::Record record;
  record.set("deployed", true).set("input", io::Record().set("resize", io::Record().set("by", "diagonal").dict()).dict());
  io::save_model(folder / "odd.pt", "PpOcrV6Detector", {}, record);
  CHECK_THROWS_WITH_AS(io::load_composed<zoo::PpOcrV6Detector>(folder / "odd.pt", "PpOcrV6Detector"), doctest::Contains("key by"), Error);
  CHECK_THROWS_WITH_AS(io::load_composed<zoo::PpOcrV6Detector>(folder / "odd.pt", "PpOcrV6Detector"), doctest::Contains("longer_at_most"),
                       Error);
}
