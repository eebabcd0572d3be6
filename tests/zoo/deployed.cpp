// Detectors and recognisers opened from ONNX and TorchScript files alone.
#include <scriba/zoo/deployed.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/open.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/image/read.hpp>
#include <scriba/recognizer.hpp>
#include <scriba/zoo/pp_ocr.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"
#include "src/zoo/best_class.hpp"
#include "support/error_message.hpp"
#include "zoo/drawn_words.hpp"
#include "zoo/two_words.hpp"

using namespace scriba;

namespace {

// As ONNX where this build can run it, and as TorchScript.
std::vector<std::filesystem::path> written(const TemporaryFolder& folder, const deploy::Traced& traced) {
  std::vector<std::filesystem::path> out{folder / "net.pt", folder / "net.ptl"};
  deploy::save_torchscript(out[0], traced);
  deploy::save_mobile(out[1], traced);
  if (engine::OpenVino::available()) deploy::write_onnx(out.emplace_back(folder / "net.onnx"), traced);
  return out;
}

void require_same(const std::vector<TextRegion>& got, const std::vector<TextRegion>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i].score == doctest::Approx(expected[i].score).epsilon(1e-3));
    REQUIRE(got[i].polygon.size() == expected[i].polygon.size());
    for (std::size_t corner = 0; corner < got[i].polygon.size(); ++corner) {
      CHECK(got[i].polygon[corner].x == doctest::Approx(expected[i].polygon[corner].x).epsilon(0.01));
      CHECK(got[i].polygon[corner].y == doctest::Approx(expected[i].polygon[corner].y).epsilon(0.01));
    }
  }
}

std::filesystem::path pretrained(const char* file) { return std::filesystem::path(SCRIBA_DEPS) / "rapidocr-3.10.0/rapidocr/models" / file; }

}  // namespace

TEST_CASE("a detector's files find what its checkpoint finds, with its settings") {
  const auto weights = pretrained(zoo::kPpOcrV6DetectorFile);
  if (!std::filesystem::exists(weights)) {
    MESSAGE("skipped: no pretrained files");
    return;
  }
  const auto detector = zoo::finished_detector("pp-ocr-v6", weights);
  const TemporaryFolder folder;
  const auto image = read_image(SCRIBA_SOURCE "/docs/images/img_1.jpg");
  detector.input->resize.side = 960;
  const auto larger = detector.predict(image);
  detector.input->resize.side = 800;  // not what it is made with
  const auto expected = detector.predict(image);
  REQUIRE(expected.size() > 2);
  for (const auto& file : written(folder, detector.trace(torch::rand({1, 3, 64, 64})))) {
    CAPTURE(file.string());
    require_same(zoo::deployed_detector(file).predict(image), expected);
    require_same(zoo::deployed_detector(file, {.changes = {.side = 960}}).predict(image), larger);
  }
}

TEST_CASE("a recogniser's files read what its checkpoint reads, with its alphabet") {
  const auto weights = pretrained(zoo::kPpOcrV6RecognizerFile);
  if (!std::filesystem::exists(weights)) {
    MESSAGE("skipped: no pretrained files");
    return;
  }
  const auto recognizer = zoo::finished_recognizer("pp-ocr-v6", weights);
  const TemporaryFolder folder;
  const std::vector<cv::Mat> crops{read_image(SCRIBA_SOURCE "/docs/images/word.png"), zoo_tests::drawn_word("scriba reads 42").image};
  const auto expected = recognizer.predict(crops);
  CHECK(expected[0].text == "CREATE");
  for (const auto& file : written(folder, recognizer.trace(torch::rand({1, 3, 48, 100})))) {
    CAPTURE(file.string());
    const auto got = zoo::deployed_recognizer(file).predict(crops);
    for (std::size_t i = 0; i < crops.size(); ++i) {
      CHECK(got[i].text == expected[i].text);
      CHECK(got[i].score == doctest::Approx(expected[i].score).epsilon(1e-3));
    }
    CHECK(message([&] { zoo::deployed_recognizer(file, {.alphabet = zoo::english_alphabet()}).predict(crops); }).find("lphabet") !=
          std::string::npos);
  }
}

TEST_CASE("OpenVINO hands over the best class of each frame alone, and texts and scores are those of all classes") {
  const auto weights = pretrained(zoo::kPpOcrV6RecognizerFile);
  if (!std::filesystem::exists(weights) || !engine::OpenVino::available()) {
    MESSAGE("skipped: no pretrained files or no OpenVINO");
    return;
  }
  const TemporaryFolder folder;
  const auto file = folder / "net.onnx";
  deploy::write_onnx(file, zoo::finished_recognizer("pp-ocr-v6", weights).trace(torch::rand({1, 3, 48, 100})));
  zoo::PpOcrV6Recognizer::Options options;
  deploy::read_settings(io::read_onnx(file).metadata, file.string(), options);
  const DeployedRecognizer<zoo::PpOcrV6Recognizer, engine::OpenVino> all_classes(std::make_shared<const engine::OpenVino>(file), options);
  const std::vector<cv::Mat> crops{read_image(SCRIBA_SOURCE "/docs/images/word.png"), zoo_tests::drawn_word("scriba reads 42").image};
  const auto got = zoo::deployed_recognizer(file).predict(crops), expected = all_classes.predict(crops);
  CHECK(got[0].text == "CREATE");
  for (std::size_t i = 0; i < crops.size(); ++i) {
    CHECK(got[i].text == expected[i].text);
    CHECK(got[i].score == doctest::Approx(expected[i].score).epsilon(1e-5));
  }
  // A file that tells one class fewer than it has: nobody counts them when the best ones are all that comes.
  onnx::ModelProto model;
  std::ifstream in(file, std::ios::binary);
  REQUIRE(model.ParseFromIstream(&in));
  auto& classes = *model.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(2);
  classes.set_dim_value(classes.dim_value() - 1);
  auto characters = options.postprocess.alphabet.characters();
  characters.pop_back();
  const auto fewer = folder.file("fewer.onnx", model.SerializeAsString());
  const zoo::DeployedRecognizerOptions shorter{.alphabet = Alphabet(characters)};
  CHECK(zoo::deployed_recognizer(fewer, shorter).predict(crops)[0].text == "CREATE");
  auto by_beam = shorter;
  by_beam.search.beam_width = 5;              // needs all classes
  by_beam.engine.openvino.best_class = true;  // whatever the caller says
  CHECK(message([&] { zoo::deployed_recognizer(fewer, by_beam).predict(crops); }).starts_with("the alphabet does not fit the recogniser"));
}

TEST_CASE("the best classes are enough for the best path of a CTC recogniser that tells their number") {
  using zoo::detail::best_class_is_enough;
  io::OnnxFile file;
  file.outputs.push_back({.name = "probability", .dims = {-1, -1, 37}});
  CHECK_FALSE(best_class_is_enough(file, {}));
  CHECK(best_class_is_enough(file, {.input = LineInput(), .alphabet = zoo::english_alphabet()}));
  file.metadata = {{deploy::kSettingsKey, "{}"}, {deploy::kPostprocessKey, "CtcText"}};
  CHECK(best_class_is_enough(file, {}));
  CHECK_FALSE(best_class_is_enough(file, {.search = {.beam_width = 2}}));
  CHECK_FALSE(best_class_is_enough(file, {.search = {.lexicon = {"word"}}}));
  const auto with = [&](const auto& change) {
    auto other = file;
    change(other);
    return best_class_is_enough(other, {});
  };
  CHECK_FALSE(with([](auto& other) { other.metadata[deploy::kPostprocessKey] = "FixedLengthText"; }));
  CHECK_FALSE(with([](auto& other) { other.metadata[deploy::kLanguageKey] = "{}"; }));
  CHECK_FALSE(with([](auto& other) { other.outputs[0].name = "logits"; }));
  CHECK_FALSE(with([](auto& other) { other.outputs[0].dims[2] = -1; }));
  CHECK_FALSE(with([](auto& other) { other.outputs.clear(); }));
  file.metadata[deploy::kLanguageKey] = "{}";
  CHECK(best_class_is_enough(file, {.search = {.own_language = false}}));
}

TEST_CASE("the words recogniser reads the same from its file of training, from ONNX and from TorchScript, with its character model") {
  const std::filesystem::path trained = SCRIBA_SOURCE "/models/pp_ocr_v6_small_words_recognizer.pt";
  const TemporaryFolder folder;
  const std::vector<cv::Mat> crops{read_image(SCRIBA_SOURCE "/docs/images/word.png"), zoo_tests::drawn_word("bookstore").image};
  const auto expected = zoo::pp_ocr_recognizer({.recognizer_file = trained, .engine = {.kind = engine::Kind::libtorch}}).predict(crops);
  CHECK(expected[0].text == "CREATE");
  const auto best_path = zoo::pp_ocr_recognizer({.recognizer_file = trained, .search = {.own_language = false}}).predict(crops);
  for (const auto& file : written(folder, zoo::finished_recognizer("pp-ocr-v6", trained).trace(torch::rand({1, 3, 48, 100})))) {
    CAPTURE(file.string());
    CHECK(engine::open(file).metadata.contains(deploy::kLanguageKey));
    const auto deployed = zoo::pp_ocr_recognizer({.recognizer_file = file}).predict(crops);  // the file says how it is to be used
    const auto without = zoo::deployed_recognizer(file, {.search = {.own_language = false}}).predict(crops);
    for (std::size_t i = 0; i < crops.size(); ++i) {
      CHECK(deployed[i].text == expected[i].text);
      CHECK(deployed[i].score == doctest::Approx(expected[i].score).epsilon(1e-3));
      CHECK(without[i].score == doctest::Approx(best_path[i].score).epsilon(1e-3));
    }
  }
  if (!engine::OpenVino::available()) return;
  const auto elsewhere = zoo::pp_ocr_recognizer({.recognizer_file = trained, .engine = {.kind = engine::Kind::openvino}});
  CHECK(elsewhere.engine == "OpenVINO");
  CHECK(elsewhere.predict(crops)[1].text == expected[1].text);
}

TEST_CASE("a reader made of two files alone reads what the reader with the checkpoints reads") {
  const auto networks = zoo::pp_ocr_words();
  const TemporaryFolder folder;
  const auto detector =
      written(folder, zoo::finished_detector("pp-ocr-v6", networks.detector_file).trace(torch::rand({1, 3, 64, 64}))).back();
  std::filesystem::rename(detector, folder / ("detector" + detector.extension().string()));
  const auto recognizer =
      written(folder, zoo::finished_recognizer("pp-ocr-v6", networks.recognizer_file).trace(torch::rand({1, 3, 48, 100}))).back();
  auto files = zoo::PpOcrOptions{.detector_file = folder / ("detector" + detector.extension().string()), .recognizer_file = recognizer};
  auto checkpoints = networks;
  files.direction = checkpoints.direction = false;
  const auto image = read_image(SCRIBA_SOURCE "/docs/images/img_120.jpg");
  const auto page = zoo::pp_ocr_reader(files).read(image), expected = zoo::pp_ocr_reader(checkpoints).read(image);
  REQUIRE(page.lines.size() == expected.lines.size());
  CHECK(page.lines.size() > 2);
  for (std::size_t i = 0; i < page.lines.size(); ++i) CHECK(page.lines[i].text == expected.lines[i].text);
}

TEST_CASE("files of one kind are not taken for the other") {
  const TemporaryFolder folder;
  const auto detector = zoo::trainable_detector("pan-mobilenet-v3-small");
  detector.module->eval();
  for (const auto& file : written(folder, detector.trace(torch::rand({1, 3, 64, 64})))) {
    CHECK(message([&] { zoo::deployed_recognizer(file); }) ==
          "the network is of another kind: " + file.string() + ": expected a recogniser, got PanBoxes");
    CHECK(message([&] { zoo::deployed_detector(file, {.changes = {.unclip_ratio = 2.f}}); }) ==
          "this detector has no such option: " + file.string() + ": got unclip ratio");
    CHECK(message([&] {
            zoo::deployed_detector(file, {.regions = postprocess::DbBoxesOptions()});
          }).starts_with("the network is of another kind"));
    CHECK(zoo::deployed_detector(file).predict(zoo_tests::two_words(96, 90).image).size() < 100);  // it runs
    CHECK(message([&] {
            zoo::deployed_detector(file, {.engine = {.kind = file.extension() == ".onnx" ? engine::Kind::libtorch : engine::Kind::opencv}});
          }).find(" files only: " + file.string()) != std::string::npos);
  }
}

TEST_CASE("a file of another project says nothing, and is used with settings given by hand") {
  const auto weights = pretrained(zoo::kPpOcrV6DetectorFile);
  if (!std::filesystem::exists(weights) || !engine::OpenVino::available()) {
    MESSAGE("skipped: no pretrained files or no OpenVINO");
    return;
  }
  CHECK(message([&] { zoo::deployed_detector(weights); }).starts_with("this file does not say how it is to be used: " + weights.string()));
  const auto image = read_image(SCRIBA_SOURCE "/docs/images/img_1.jpg");
  const auto foreign = zoo::deployed_detector(weights, {.input = DetectorInput{}, .regions = postprocess::db_boxes_pp_ocr()});
  require_same(foreign.predict(image), zoo::pp_ocr_detector({.detector_file = weights}).predict(image));
  CHECK(message([&] { zoo::deployed_recognizer(weights); }).starts_with("this file does not say how it is to be used"));
}
