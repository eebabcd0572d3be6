// Whole pages with the pretrained reader: agreement with RapidOCR, odd images, wrong files, several threads.
#include <scriba/geometry/iou.hpp>
#include <scriba/image/read.hpp>
#include <scriba/text/edit_distance.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include <fstream>
#include <thread>

#include "support/golden.hpp"

using namespace scriba;

namespace {

const golden::fs::path kModels = golden::fs::path(SCRIBA_DEPS) / "rapidocr-3.10.0" / "rapidocr" / "models";
const golden::fs::path kSample = golden::fs::path(SCRIBA_SOURCE) / "docs" / "images" / "img_120.jpg";

zoo::PpOcrOptions settings(engine::Kind engine = engine::Kind::automatic) {
  zoo::PpOcrOptions options;
  options.detector_file = kModels / "PP-OCRv6_det_small.onnx";
  options.recognizer_file = kModels / "PP-OCRv6_rec_small.onnx";
  options.direction_file = kModels / "ch_ppocr_mobile_v2.0_cls_mobile.onnx";
  options.engine.kind = engine;
  options.engine.openvino.threads = 2;
  return options;
}

std::string all_text(const PageText& page) {
  std::string out;
  for (const auto& line : page.lines) out += line.text + "\n";
  return out;
}

}  // namespace

TEST_CASE("the sample photo is read, by either engine") {
  if (golden::absent(kModels)) return;
  for (const auto engine : {engine::Kind::libtorch, engine::Kind::automatic}) {
    const auto page = zoo::pp_ocr_reader(settings(engine)).read(read_image(kSample));
    CHECK(page.size == cv::Size(1280, 720));
    const std::string text = all_text(page);
    for (const char* line :
         {"CREATE\n", "Education Resource Centre\n", "Town Green\n", "UTown Residence\n", "Tembusu College\n", "Research Wing\n"})
      CHECK_MESSAGE(text.find(line) != std::string::npos, line);
    for (const auto& line : page.lines) {
      CHECK(line.score > 0.5f);
      CHECK(line.box.size() == 4);
      CHECK(line.characters.size() >= 1);
    }
    CHECK(page.ms.total >= page.ms.detect);
  }
}

TEST_CASE("pages agree with RapidOCR 3.10 on the same weights") {
  const auto folder = golden::shared() / "golden" / "pp_ocr";
  if (golden::absent(kModels) || golden::absent(folder / "e2e_v6.json")) return;
  const auto photos = golden::shared() / "data" / "icdar2015" / "train_images";
  for (const auto engine : {engine::Kind::automatic, engine::Kind::libtorch}) {
    const auto reader = zoo::pp_ocr_reader(settings(engine));
    std::size_t characters = 0, wrong = 0, lines = 0;
    double overlap = 0;
    const auto pages = golden::json(folder / "e2e_v6.json");
    for (const auto& [name, expected] : pages["images"].items()) {
      const auto file = golden::fs::exists(folder / name) ? folder / name : photos / name;
      if (golden::absent(file)) continue;
      const auto page = reader.read(read_image(file));
      const auto& final_lines = expected["final"];
      INFO(name, " by ", reader.engine, "\n", all_text(page));
      REQUIRE(page.lines.size() == final_lines.size());
      for (std::size_t i = 0; i < page.lines.size(); ++i) {
        Polygon box;
        for (const auto& p : final_lines[i]["box"]) box.emplace_back(p[0].get<float>(), p[1].get<float>());
        overlap += iou(page.lines[i].box, box);
        const std::string text = final_lines[i]["text"];
        wrong += edit_distance(page.lines[i].text, text);
        characters += utf8::code_points(text).size();
        ++lines;
      }
    }
    MESSAGE(reader.engine, ": ", lines, " lines, mean IoU ", overlap / static_cast<double>(lines), ", ", wrong, " of ", characters,
            " characters differ");
    CHECK(overlap / static_cast<double>(lines) > 0.9);
    CHECK(static_cast<double>(wrong) <= 0.02 * static_cast<double>(characters));
  }
}

TEST_CASE("odd images give a result") {
  if (golden::absent(kModels)) return;
  const auto reader = zoo::pp_ocr_reader(settings());
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(5000, 1), cv::Size(1, 5000), cv::Size(20000, 20), cv::Size(3, 700), cv::Size(31, 33)}) {
    INFO(size.width, "x", size.height);
    CHECK(reader.read(cv::Mat(size, CV_8UC3, cv::Scalar::all(200))).size == size);
  }
  const cv::Mat photo = read_image(kSample);
  const std::string text = all_text(reader.read(photo));
  cv::Mat alpha, deep, floating;
  cv::cvtColor(photo, alpha, cv::COLOR_BGR2BGRA);
  photo.convertTo(deep, CV_16U, 257);
  photo.convertTo(floating, CV_32F, 1 / 255.0);
  CHECK(all_text(reader.read(alpha)) == text);
  CHECK(all_text(reader.read(deep)) == text);
  CHECK(all_text(reader.read(floating)) == text);
  cv::Mat grey;
  cv::cvtColor(photo, grey, cv::COLOR_BGR2GRAY);
  CHECK(reader.read(grey).lines.size() >= 8);
  CHECK_THROWS_AS(reader.read(cv::Mat()), Error);
  CHECK_THROWS_AS(reader.read(cv::Mat(10, 10, CV_8UC(5))), Error);
  CHECK_THROWS_AS(reader.read(cv::Mat(10, 10, CV_32SC3)), Error);
}

TEST_CASE("a page of a hundred megapixels is read within the limits") {
  if (golden::absent(kModels)) return;
  cv::Mat page(10000, 10000, CV_8UC1, cv::Scalar(255));
  cv::putText(page, "LIMITS", {1500, 5200}, cv::FONT_HERSHEY_SIMPLEX, 40, cv::Scalar(0), 90);
  const auto read = zoo::pp_ocr_reader(settings()).read(page);
  CHECK(read.size == cv::Size(10000, 10000));
  CHECK(all_text(read).find("LIMITS") != std::string::npos);
}

TEST_CASE("wrong files are refused in one line") {
  if (golden::absent(kModels)) return;
  const auto folder = golden::fs::temp_directory_path() / "scriba_wrong_files";
  golden::fs::create_directories(folder);
  const auto cut = folder / "cut.onnx";
  golden::fs::copy_file(kModels / "PP-OCRv6_det_small.onnx", cut, golden::fs::copy_options::overwrite_existing);
  golden::fs::resize_file(cut, 100'000);
  for (const auto engine : {engine::Kind::automatic, engine::Kind::libtorch}) {
    auto missing = settings(engine), truncated = settings(engine), swapped = settings(engine), short_alphabet = settings(engine),
         mute = settings(engine);
    missing.detector_file = folder / "none.onnx";
    truncated.detector_file = cut;
    mute.recognizer_file = golden::shared() / "models" / "ppocr_v4" / "ch_PP-OCRv4_rec_infer.onnx";  // its alphabet is a file of its own
    CHECK_THROWS_AS(zoo::pp_ocr_reader(missing), Error);
    CHECK_THROWS_AS(zoo::pp_ocr_reader(truncated), Error);
    if (!golden::absent(mute.recognizer_file)) CHECK_THROWS_WITH_AS(zoo::pp_ocr_reader(mute), doctest::Contains("alphabet"), Error);
    short_alphabet.alphabet = Alphabet::from_line("abc");
    CHECK_THROWS_WITH_AS(zoo::pp_ocr_reader(short_alphabet), doctest::Contains("18709 characters"), Error);
    swapped.detector_file = kModels / "PP-OCRv6_rec_small.onnx";
    CHECK_THROWS_WITH_AS(zoo::pp_ocr_reader(swapped), doctest::Contains("not a text detector"), Error);
  }
  golden::fs::remove_all(folder);
}

TEST_CASE("four threads on one reader give the serial texts") {
  if (golden::absent(kModels)) return;
  const cv::Mat photo = read_image(kSample);
  // Half size: the ThreadSanitizer build runs this too.
  cv::Mat small;
  cv::resize(photo(cv::Rect(60, 260, 320, 240)), small, {}, 1, 1);
  for (const auto engine : {engine::Kind::automatic, engine::Kind::libtorch}) {
    auto options = settings(engine);
    options.changes.side = 256;
    const auto reader = zoo::pp_ocr_reader(options);
    const std::string serial = all_text(reader.read(small));
    CHECK(!serial.empty());
    std::vector<std::string> texts(4);
    std::vector<std::jthread> pool;
    for (auto& text : texts)
      pool.emplace_back([&] {
        for (int i = 0; i < 3; ++i) text = all_text(reader.read(small));
      });
    pool.clear();
    for (const auto& text : texts) CHECK(text == serial);
  }
}

TEST_CASE("a crop's text does not depend on the crops read with it") {
  if (golden::absent(kModels)) return;
  const cv::Mat photo = read_image(kSample);
  std::vector<cv::Mat> crops;
  for (int i = 0; i < 24; ++i) crops.push_back(photo(cv::Rect(100 + (i % 5), 400 + 10 * (i % 7), 60 + 25 * (i % 9), 24)).clone());
  for (const auto engine : {engine::Kind::automatic, engine::Kind::libtorch}) {
    const auto recognizer = zoo::pp_ocr_recognizer(settings(engine));
    const auto together = recognizer.predict(crops);
    REQUIRE(together.size() == crops.size());
    for (std::size_t i = 0; i < crops.size(); ++i) {
      const auto alone = recognizer.predict({&crops[i], 1});
      CHECK(alone[0].text == together[i].text);
      CHECK(alone[0].score == doctest::Approx(together[i].score).epsilon(1e-4));
    }
    CHECK(recognizer.predict({}).empty());
  }
}
