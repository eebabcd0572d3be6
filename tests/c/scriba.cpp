// The C interface: what it reads, from C and from threads, and that whatever is wrong becomes a status and a line of text.
#include <scriba/scriba.h>

#include <doctest/doctest.h>

#ifdef __linux__
#include <sys/resource.h>
#include <unistd.h>
#endif

#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <scriba/image/read.hpp>
#include <scriba/version.hpp>

#include "c/from_c.h"
#include "io/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;

const fs::path kModels = fs::path(SCRIBA_DEPS) / "rapidocr-3.10.0" / "rapidocr" / "models";
const std::string kDetector = (kModels / "PP-OCRv6_det_small.onnx").string(), kRecognizer = (kModels / "PP-OCRv6_rec_small.onnx").string(),
                  kDirection = (kModels / "ch_ppocr_mobile_v2.0_cls_mobile.onnx").string();
const fs::path kSample = fs::path(SCRIBA_SOURCE) / "docs" / "images" / "img_120.jpg";

bool pretrained() {
  if (fs::exists(kDetector)) return true;
  MESSAGE("skipped: no pretrained files");
  return false;
}

using Reader = std::unique_ptr<scriba_reader, decltype(&scriba_reader_free)>;
using Page = std::unique_ptr<scriba_page, decltype(&scriba_page_free)>;

scriba_options options() {
  scriba_options out{};
  out.size = sizeof out;
  out.detector_file = kDetector.c_str();
  out.recognizer_file = kRecognizer.c_str();
  out.direction_file = kDirection.c_str();
  out.threads = 2;
  return out;
}

Reader made(const scriba_options& with) {
  scriba_reader* reader = nullptr;
  const auto status = scriba_reader_new(&with, &reader);
  REQUIRE_MESSAGE(status == SCRIBA_OK, scriba_last_error());
  REQUIRE(reader);
  return {reader, scriba_reader_free};
}

// Loading takes longer than reading: most tests share this one.
const Reader& shared() {
  static const Reader reader = [] {
    auto with = options();
    with.at_once = 2;
    return made(with);
  }();
  return reader;
}

// The texts of a page, which is freed.
std::string texts(scriba_status status, scriba_page* raw) {
  REQUIRE_MESSAGE(status == SCRIBA_OK, scriba_last_error());
  const Page page(raw, scriba_page_free);
  std::size_t count = 0;
  REQUIRE(scriba_page_count(raw, &count) == SCRIBA_OK);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    scriba_line line{};
    line.size = sizeof line;
    REQUIRE(scriba_page_line(raw, i, &line) == SCRIBA_OK);
    out += std::string(line.text) + "\n";
  }
  return out;
}

std::string read(const Reader& reader, const std::vector<unsigned char>& bytes) {
  scriba_page* page = nullptr;
  const auto status = scriba_read_encoded(reader.get(), bytes.data(), bytes.size(), &page);
  return texts(status, page);
}

std::string read(const Reader& reader, const cv::Mat& image, int order, std::size_t stride) {
  scriba_page* page = nullptr;
  const auto status = scriba_read_pixels(reader.get(), image.data, image.cols, image.rows, stride, order, &page);
  return texts(status, page);
}

cv::Mat in_order(const cv::Mat& bgr, int conversion) {
  cv::Mat out;
  cv::cvtColor(bgr, out, conversion);
  return out;
}

// The status of a call, whose message has to hold the text.
void refused(scriba_status status, scriba_status expected, const char* message) {
  CHECK(status == expected);
  CHECK_MESSAGE(std::string(scriba_last_error()).find(message) != std::string::npos, scriba_last_error());
}

scriba_status reader_status(const scriba_options& with) {
  scriba_reader* reader = reinterpret_cast<scriba_reader*>(8);  // must become null
  const auto status = scriba_reader_new(&with, &reader);
  CHECK((status == SCRIBA_OK) == (reader != nullptr));
  scriba_reader_free(reader);
  return status;
}

}  // namespace

TEST_CASE("the library tells its versions, and C and C++ agree on the layout") {
  CHECK(scriba_version() == std::string(scriba::kVersion));
  CHECK(scriba_abi_version() == SCRIBA_ABI_VERSION);
  const std::size_t cpp[] = {sizeof(scriba_options), offsetof(scriba_options, networks), offsetof(scriba_options, min_score),
                             sizeof(scriba_line),    offsetof(scriba_line, corners),     offsetof(scriba_line, turned)};
  for (std::size_t i = 0; i < 6; ++i) CHECK(c_sizes[i] == cpp[i]);
}

TEST_CASE("a C program reads the sample photo") {
  if (!pretrained()) return;
  const auto bytes = scriba::read_image_bytes(kSample);
  char text[4096] = "";
  const int status = read_in_c(kDetector.c_str(), kRecognizer.c_str(), bytes.data(), bytes.size(), text, sizeof text);
  REQUIRE_MESSAGE(status == SCRIBA_OK, scriba_last_error());
  for (const char* line : {"CREATE\n", "Town Green\n", "Tembusu College\n"}) CHECK_MESSAGE(std::strstr(text, line), line);
  CHECK(read_in_c("none.onnx", kRecognizer.c_str(), bytes.data(), bytes.size(), text, sizeof text) == SCRIBA_BAD_INPUT);
}

TEST_CASE("pixels in any order and with any stride give what the file gives") {
  if (!pretrained()) return;
  const auto& reader = shared();
  const char* engine = nullptr;
  CHECK(scriba_reader_engine(reader.get(), &engine) == SCRIBA_OK);
  CHECK((engine == std::string("OpenVINO") || engine == std::string("LibTorch")));

  const std::string expected = read(reader, scriba::read_image_bytes(kSample));
  CHECK(expected.find("CREATE\n") != std::string::npos);
  const cv::Mat bgr = scriba::read_image(kSample);
  CHECK(read(reader, bgr, SCRIBA_BGR, 0) == expected);
  CHECK(read(reader, in_order(bgr, cv::COLOR_BGR2RGB), SCRIBA_RGB, 0) == expected);
  CHECK(read(reader, in_order(bgr, cv::COLOR_BGR2BGRA), SCRIBA_BGRA, 0) == expected);
  CHECK(read(reader, in_order(bgr, cv::COLOR_BGR2RGBA), SCRIBA_RGBA, 0) == expected);
  cv::Mat wide;
  cv::copyMakeBorder(bgr, wide, 0, 0, 0, 17, cv::BORDER_CONSTANT, cv::Scalar(0, 255, 0));
  const cv::Mat left = wide(cv::Rect(0, 0, bgr.cols, bgr.rows));
  CHECK(read(reader, left, SCRIBA_BGR, left.step) == expected);
  // Grey pixels are read as a grey picture: both ways of handing one over agree.
  const cv::Mat gray = in_order(bgr, cv::COLOR_BGR2GRAY);
  const std::string in_gray = read(reader, gray, SCRIBA_GRAY, 0);
  CHECK(in_gray.find("CREATE\n") != std::string::npos);
  CHECK(read(reader, in_order(gray, cv::COLOR_GRAY2BGR), SCRIBA_BGR, 0) == in_gray);
}

TEST_CASE("a page tells its size, and lines their scores and corners; a shorter struct of before is filled as far as it goes") {
  if (!pretrained()) return;
  const auto& reader = shared();
  const auto bytes = scriba::read_image_bytes(kSample);
  scriba_page* raw = nullptr;
  REQUIRE(scriba_read_encoded(reader.get(), bytes.data(), bytes.size(), &raw) == SCRIBA_OK);
  const Page page(raw, scriba_page_free);
  std::int32_t width = 0, height = 0;
  CHECK(scriba_page_size(raw, &width, &height) == SCRIBA_OK);
  CHECK(width == 1280);
  CHECK(height == 720);
  std::size_t count = 0;
  REQUIRE(scriba_page_count(raw, &count) == SCRIBA_OK);
  REQUIRE(count > 4);

  struct Longer {
    scriba_line line;
    unsigned char later[16];
  } longer{};
  for (std::size_t i = 0; i < count; ++i) {
    std::memset(&longer, 0xAB, sizeof longer);
    longer.line.size = sizeof longer;
    REQUIRE(scriba_page_line(raw, i, &longer.line) == SCRIBA_OK);
    CHECK(longer.line.size == sizeof longer);
    CHECK(longer.later[0] + longer.later[15] == 0);  // fields of a later library
    CHECK(longer.line.score > 0.5f);
    CHECK(longer.line.score <= 1.f);
    CHECK(longer.line.box_score > 0.3f);
    CHECK((longer.line.turned == 0 || longer.line.turned == 1));
    for (int corner = 0; corner < 4; ++corner) {
      CHECK(longer.line.corners[2 * corner] >= 0);
      CHECK(longer.line.corners[2 * corner] <= 1280);
      CHECK(longer.line.corners[2 * corner + 1] <= 720);
    }
    CHECK(longer.line.corners[0] < longer.line.corners[2]);  // this photo's lines run to the right
  }
  scriba_line line{};
  refused(scriba_page_line(raw, 0, &line), SCRIBA_BAD_ARGUMENT, "scriba_line.size is 0: expected sizeof(scriba_line)");
  line.size = sizeof line;
  refused(scriba_page_line(raw, count, &line), SCRIBA_BAD_ARGUMENT, ": the page has ");
}

TEST_CASE("words, lower scores and other settings reach the reader") {
  if (!pretrained()) return;
  scriba_options words = options();
  words.networks = SCRIBA_WORDS;
  words.detector_file = words.recognizer_file = nullptr;
  const auto bytes = scriba::read_image_bytes(kSample);
  const std::string by_word = read(made(words), bytes);
  CHECK(by_word.find("Town\n") != std::string::npos);
  CHECK(by_word.find("Town Green") == std::string::npos);

  scriba_options all = options(), sure = options();
  all.min_score = -1;
  sure.min_score = 0.99f;
  sure.no_direction = 1;
  sure.at_once = 2;
  sure.engine = SCRIBA_ENGINE_LIBTORCH;
  const auto reader = made(sure);
  const char* engine = nullptr;
  REQUIRE(scriba_reader_engine(reader.get(), &engine) == SCRIBA_OK);
  CHECK(engine == std::string("LibTorch"));
  const std::string few = read(reader, bytes), usual = read(shared(), bytes), most = read(made(all), bytes);
  CHECK(few.size() < usual.size());
  CHECK(usual.size() <= most.size());
}

TEST_CASE("null pointers are refused by name, and freeing nothing is nothing") {
  scriba_reader* reader = nullptr;
  scriba_page* page = reinterpret_cast<scriba_page*>(8);
  const char* name = nullptr;
  std::int32_t width = 0;
  std::size_t count = 0;
  scriba_line line{};
  const unsigned char pixels[3] = {};
  const auto refuses = [](scriba_status status, const char* what) { refused(status, SCRIBA_BAD_ARGUMENT, what); };
  refuses(scriba_reader_new(nullptr, nullptr), "reader is NULL");
  refuses(scriba_reader_engine(nullptr, &name), "reader is NULL");
  refuses(scriba_read_encoded(nullptr, pixels, 3, &page), "reader is NULL");
  CHECK(page == nullptr);
  refuses(scriba_read_pixels(nullptr, pixels, 1, 1, 0, SCRIBA_BGR, &page), "reader is NULL");
  refuses(scriba_read_pixels(reader, pixels, 1, 1, 0, SCRIBA_BGR, nullptr), "page is NULL");
  refuses(scriba_read_encoded(reader, pixels, 3, nullptr), "page is NULL");
  refuses(scriba_page_count(nullptr, &count), "page is NULL");
  refuses(scriba_page_size(nullptr, &width, &width), "page is NULL");
  refuses(scriba_page_line(nullptr, 0, &line), "page is NULL");
  scriba_reader_free(nullptr);
  scriba_page_free(nullptr);
}

TEST_CASE("structs of wrong size, values out of range and fields from the future are refused") {
  struct Longer {
    scriba_options options;
    unsigned char later[8];
  } longer{options(), {}};
  const auto refuses = [](const scriba_options& with, const char* what) { refused(reader_status(with), SCRIBA_BAD_ARGUMENT, what); };
  for (const std::size_t size : {std::size_t{0}, offsetof(scriba_options, engine_cache) - 1, std::size_t{1} << 40}) {
    longer.options.size = size;
    refuses(longer.options, "scriba_options.size is ");
  }
  longer.options.size = sizeof longer;
  longer.later[7] = 1;
  refuses(longer.options, "scriba_options has fields that this library (0.");
  longer.later[7] = 0;
  longer.options.networks = 2;  // what it knows is looked at
  refuses(longer.options, "networks is 2");
  const auto with = [](auto change) {
    auto out = options();
    change(out);
    return out;
  };
  refuses(with([](auto& o) { o.networks = -1; }), "networks is -1");
  refuses(with([](auto& o) { o.engine = 77; }), "engine is 77");
  refuses(with([](auto& o) { o.threads = -2; }), "threads is -2");
  refuses(with([](auto& o) { o.at_once = 5000; }), "at_once is 5000");
  refuses(with([](auto& o) { o.min_score = 1.5f; }), "min_score is 1.5");
  refuses(with([](auto& o) { o.min_score = std::nanf(""); }), "min_score is ");
}

TEST_CASE("options of the first version are read without the fields that came later") {
  auto old = options();
  old.networks = 2;                                     // refused after the sizes
  old.engine_cache = reinterpret_cast<const char*>(8);  // not the caller's: it must not be followed
  for (std::size_t size = offsetof(scriba_options, engine_cache); size < sizeof old; ++size) {
    old.size = size;
    refused(reader_status(old), SCRIBA_BAD_ARGUMENT, "networks is 2");
  }
  if (!pretrained()) return;
  old.networks = SCRIBA_LINES;
  old.size = offsetof(scriba_options, engine_cache);
  CHECK(reader_status(old) == SCRIBA_OK);
}

TEST_CASE("an engine gets its cache and its share of the cores") {
  if (!pretrained()) return;
  const int opencv = cv::getNumThreads();
  auto with = options();
  with.engine_cache = "no/such/folder";
  with.threads = with.at_once = 4;
  CHECK(reader_status(with) == SCRIBA_OK);  // only TensorRT has a cache
  CHECK(cv::getNumThreads() == 1);
  with.engine = SCRIBA_ENGINE_OPENCV;  // which runs its networks one after the other
  reader_status(with);                 // this build may lack it
  CHECK(cv::getNumThreads() == 4);
  cv::setNumThreads(opencv);
}

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("short memory has a status of its own") {
  if (!pretrained()) return;
  const auto& reader = shared();
  constexpr int side = 8000;
  std::vector<unsigned char> encoded;
  cv::imencode(".png", cv::Mat::zeros(side, side, CV_8UC1), encoded);
  const std::vector<unsigned char> pixels(std::size_t{3} * side * side);
  // No more than 64 MB beyond what the process has; a picture in OpenCV's order takes 192.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  const auto limited = [&](const auto& call) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before;
    limit.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (64 << 20);
    REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
    scriba_page* page = nullptr;
    const auto status = call(&page);
    setrlimit(RLIMIT_AS, &before);
    CHECK(page == nullptr);
    return status;
  };
  refused(limited([&](scriba_page** page) { return scriba_read_pixels(reader.get(), pixels.data(), side, side, 0, SCRIBA_RGB, page); }),
          SCRIBA_OUT_OF_MEMORY, "out of memory");
  refused(limited([&](scriba_page** page) { return scriba_read_encoded(reader.get(), encoded.data(), encoded.size(), page); }),
          SCRIBA_OUT_OF_MEMORY, "out of memory");
}
#endif

TEST_CASE("files that are missing or something else become a status and a message") {
  const TemporaryFolder folder;
  const std::string text = folder.file("words.onnx", "these are words, no network").string();
  const std::string zip = folder.file("cut.pt", "PK\3\4 and no more").string();
  const auto refuses = [](const char* scriba_options::*field, const std::string& file, const char* what) {
    auto with = options();
    with.*field = file.c_str();
    refused(reader_status(with), SCRIBA_BAD_INPUT, what);
  };
  refuses(&scriba_options::detector_file, (folder / "none.onnx").string(), "none.onnx");
  refuses(&scriba_options::detector_file, text, "words.onnx");
  refuses(&scriba_options::detector_file, zip, "cut.pt");
  if (!pretrained()) return;
  refuses(&scriba_options::recognizer_file, text, "words.onnx");
  refuses(&scriba_options::recognizer_file, kDetector, "not a text recogniser");
  refuses(&scriba_options::direction_file, zip, "cut.pt");
  refuses(&scriba_options::alphabet_file, (folder / "none.txt").string(), "none.txt");
}

TEST_CASE("images that are none, damaged or of impossible sizes become a status and a message") {
  if (!pretrained()) return;
  const auto& reader = shared();
  const auto encoded = [&](const void* bytes, std::size_t count) {
    scriba_page* page = reinterpret_cast<scriba_page*>(8);
    const auto status = scriba_read_encoded(reader.get(), bytes, count, &page);
    CHECK(page == nullptr);
    return status;
  };
  const auto bytes = scriba::read_image_bytes(kSample);
  refused(encoded("these are words", 15), SCRIBA_BAD_INPUT, "cannot read an image");
  refused(encoded(bytes.data(), 0), SCRIBA_BAD_INPUT, "an empty file");
  refused(encoded(bytes.data(), bytes.size() / 2), SCRIBA_BAD_INPUT, "one that ends too early");
  refused(encoded(nullptr, 5), SCRIBA_BAD_ARGUMENT, "bytes is NULL");

  const unsigned char pixels[64] = {};
  const auto raw = [&](const void* data, int width, int height, std::size_t stride, int order) {
    scriba_page* page = reinterpret_cast<scriba_page*>(8);
    const auto status = scriba_read_pixels(reader.get(), data, width, height, stride, order, &page);
    CHECK(page == nullptr);
    return status;
  };
  refused(raw(nullptr, 4, 4, 0, SCRIBA_BGR), SCRIBA_BAD_ARGUMENT, "pixels is NULL");
  refused(raw(pixels, 0, 4, 0, SCRIBA_BGR), SCRIBA_BAD_ARGUMENT, "the image is 0x4");
  refused(raw(pixels, 4, -4, 0, SCRIBA_BGR), SCRIBA_BAD_ARGUMENT, "the image is 4x-4");
  refused(raw(pixels, 4, 4, 11, SCRIBA_RGB), SCRIBA_BAD_ARGUMENT, "stride is 11: expected 0, or at least 12 bytes");
  refused(raw(pixels, 4, 4, 0, 9), SCRIBA_BAD_ARGUMENT, "order is 9");
  refused(raw(pixels, 2'000'000'000, 2'000'000'000, 0, SCRIBA_GRAY), SCRIBA_BAD_INPUT, "the image is too large");

  // One pixel is an image without text.
  scriba_page* page = nullptr;
  CHECK(scriba_read_pixels(reader.get(), pixels, 1, 1, 0, SCRIBA_RGBA, &page) == SCRIBA_OK);
  const Page owner(page, scriba_page_free);
  std::size_t count = 7;
  CHECK(scriba_page_count(page, &count) == SCRIBA_OK);
  CHECK(count == 0);
}

TEST_CASE("four threads share a reader, and each has its own last error") {
  if (!pretrained()) return;
  const auto& reader = shared();
  const auto bytes = scriba::read_image_bytes(kSample);
  const std::string expected = read(reader, bytes);
  std::vector<std::string> found(4), errors(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        const bool fresh = *scriba_last_error() == '\0';
        scriba_page* page = nullptr;
        scriba_read_pixels(reader.get(), bytes.data(), 1, 1, 0, 100 + static_cast<int>(t), &page);  // no such order
        found[t] = read(reader, bytes);
        errors[t] = fresh ? scriba_last_error() : "another thread's error";
      });
  }
  for (std::size_t t = 0; t < 4; ++t) {
    CHECK(found[t] == expected);
    CHECK_MESSAGE(errors[t].starts_with("order is 10" + std::to_string(t)), errors[t]);
  }
}

TEST_CASE("a long message is cut between characters") {
  std::string name(600, 'x');
  for (int i = 0; i < 600; ++i) name += "\xC3\xA9";
  for (const char* prefix : {"", "y"}) {  // one of the two ends inside a character
    auto with = options();
    const std::string file = prefix + name;
    with.detector_file = file.c_str();
    REQUIRE(reader_status(with) != SCRIBA_OK);
    const std::string message = scriba_last_error();
    CHECK(message.size() >= 1021);
    CHECK(message.size() <= 1023);
    CHECK(static_cast<unsigned char>(message.back()) == 0xA9);
  }
}
