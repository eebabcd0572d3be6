#include <scriba/image/read.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "image/image_bytes.hpp"

using image_test::Bytes;
using image_test::encoded;
using image_test::gradient;
using scriba::decode_image;
using scriba::read_image;
using scriba::to_bgr8;

namespace {
double difference(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() ? cv::norm(a, b, cv::NORM_INF) : 1e9;
}

std::string message(const Bytes& bytes, const scriba::ReadOptions& options = {}) {
  try {
    decode_image(bytes, "a.jpg", options);
  } catch (const scriba::Error& error) {
    return error.what();
  }
  return "";
}

struct File {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "scriba_test_image.bin";
  explicit File(const Bytes& bytes) {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  ~File() { std::filesystem::remove(path); }
};
}  // namespace

TEST_CASE("every format gives the picture as 8-bit BGR, and its header the size") {
  const cv::Mat picture = gradient(60, 40);
  for (const char* ending : {".png", ".bmp", ".tiff", ".ppm", ".webp", ".jp2", ".jpg"}) {
    CAPTURE(ending);
    if (!cv::haveImageWriter(std::string("a") + ending)) continue;
    const auto bytes = encoded(picture, ending);
    const auto header = scriba::read_image_header(bytes);
    REQUIRE(header);
    CHECK(header->width == 60);
    CHECK(header->height == 40);
    const cv::Mat read = decode_image(bytes);
    CHECK(read.type() == CV_8UC3);
    CHECK(difference(read, picture) <=
          (std::string(ending) == ".jpg" || std::string(ending) == ".webp" || std::string(ending) == ".jp2" ? 40 : 0));
  }
  CHECK(difference(read_image(File(encoded(picture, ".png")).path), picture) == 0);
}

TEST_CASE("headers of more kinds of files") {
  const auto size = [](const Bytes& bytes) {
    const auto header = scriba::read_image_header(bytes);
    return header ? cv::Size(static_cast<int>(header->width), static_cast<int>(header->height)) : cv::Size();
  };
  const std::string pnm = "P5 # a comment 9\n 12\t34\n255\n";
  CHECK(size(Bytes(pnm.begin(), pnm.end())) == cv::Size(12, 34));
  const cv::Mat picture = gradient(60, 40);
  CHECK(size(encoded(picture, ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})) == cv::Size(60, 40));
  CHECK(size(image_test::with_orientation(encoded(picture, ".jpg"), 6)) == cv::Size(60, 40));
  CHECK(size(encoded(picture, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101})) == cv::Size(60, 40));
  Bytes upside_down = encoded(picture, ".bmp");
  for (std::size_t i = 22; i < 26; ++i) upside_down[i] = i == 22 ? 0xD8 : 0xFF;
  CHECK(size(upside_down) == cv::Size(60, 40));
  const Bytes big_tiff{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 2, 1, 0, 0, 3, 0, 0, 0, 1, 0, 70, 0, 0, 1, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 80};
  CHECK(size(big_tiff) == cv::Size(70, 80));
  CHECK(size(Bytes{'G', 'I', 'F', '8', '9', 'a'}) == cv::Size());
  CHECK(size(Bytes{}) == cv::Size());
}

TEST_CASE("missing, empty, foreign and unreadable files say what they are") {
  CHECK_THROWS_WITH_AS(read_image("/no/such.jpg"), "cannot read an image: /no/such.jpg: expected a file, got no such file", scriba::Error);
  CHECK_THROWS_WITH_AS(read_image("/"), "cannot read an image: /: expected a file, got a folder", scriba::Error);
  CHECK_THROWS_AS(read_image(std::string(5000, 'x')), scriba::Error);
  CHECK_THROWS_AS(read_image(File({}).path), scriba::Error);
  CHECK(message({}) == "cannot read an image: a.jpg: expected an image, got an empty file");
  const std::string text = "this is a text";
  CHECK(
      message(Bytes(text.begin(), text.end())) ==
      "cannot read an image: a.jpg: expected JPEG, PNG, BMP, TIFF, WebP, PNM or JPEG 2000, got no image of these kinds, or a damaged one");
}

TEST_CASE("files that break off are refused, or accepted where the caller says so") {
  const auto jpeg = encoded(gradient(300, 200), ".jpg"), png = encoded(gradient(300, 200), ".png");
  const Bytes cut_jpeg(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(jpeg.size() / 2)), cut_png(png.begin(), png.end() - 40);
  CHECK(message(cut_jpeg) == "cannot read an image: a.jpg: expected a whole file, got one that ends too early");
  CHECK(message(cut_png) == "cannot read an image: a.jpg: expected a whole file, got one that ends too early");
  CHECK(decode_image(cut_jpeg, "a", {.accept_cut_off = true}).size() == cv::Size(300, 200));
  // A preview with an end mark of its own does not make the file whole.
  Bytes with_preview(cut_jpeg.begin(), cut_jpeg.begin() + 2);
  for (const int b : {0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9}) with_preview.push_back(static_cast<unsigned char>(b));
  with_preview.insert(with_preview.end(), cut_jpeg.begin() + 2, cut_jpeg.end());
  CHECK(message(with_preview).find("ends too early") != std::string::npos);
  Bytes with_tail = jpeg;
  with_tail.insert(with_tail.end(), 100, 7);
  CHECK(decode_image(with_tail).size() == cv::Size(300, 200));
}

TEST_CASE("orientation tags turn photos, unless they are ignored") {
  const cv::Mat picture = gradient(64, 32);
  const auto jpeg = encoded(picture, ".jpg", {cv::IMWRITE_JPEG_QUALITY, 100});
  const cv::Mat plain = decode_image(jpeg);
  for (unsigned char orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(static_cast<int>(orientation));
    const auto bytes = image_test::with_orientation(jpeg, orientation);
    CHECK(difference(decode_image(bytes, "a", {.apply_exif = false}), plain) == 0);
    cv::Mat turned;
    switch (orientation) {  // EXIF 2.3, 4.6.4 A: where row 0 and column 0 of the file belong
      case 2:
        cv::flip(plain, turned, 1);
        break;
      case 3:
        cv::rotate(plain, turned, cv::ROTATE_180);
        break;
      case 4:
        cv::flip(plain, turned, 0);
        break;
      case 5:
        cv::transpose(plain, turned);
        break;
      case 6:
        cv::rotate(plain, turned, cv::ROTATE_90_CLOCKWISE);
        break;
      case 7:
        cv::rotate(plain.t(), turned, cv::ROTATE_180);
        break;
      case 8:
        cv::rotate(plain, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
        break;
      default:
        turned = plain;
    }
    CHECK(difference(decode_image(bytes), turned) == 0);
  }
}

TEST_CASE("images above the limits are refused by their header, or photos read smaller") {
  const auto jpeg = encoded(gradient(400, 200), ".jpg"), png = encoded(gradient(400, 200), ".png");
  const scriba::ImageLimits small{.max_pixels = 30'000}, narrow{.max_side = 150};
  CHECK(message(jpeg, {.limits = small}) ==
        "the image is too large: a.jpg: expected sides up to 65500 and up to 30000 pixels, got 400x200");
  CHECK(message(png, {.large = scriba::LargeImage::reduce, .limits = small}).starts_with("the image is too large"));
  CHECK(decode_image(jpeg, "a", {.large = scriba::LargeImage::reduce, .limits = small}).size() == cv::Size(200, 100));
  CHECK(decode_image(jpeg, "a", {.large = scriba::LargeImage::reduce, .limits = narrow}).size() == cv::Size(100, 50));
  CHECK(message(jpeg, {.limits = {.max_bytes = 100}}).starts_with("cannot read an image: a.jpg: expected at most 100 bytes"));
  // A header that promises 65000 x 65000 pixels costs nothing.
  Bytes bomb = png;
  for (std::size_t i : {16u, 20u}) bomb[i + 2] = 0xFD, bomb[i + 3] = 0xE8, bomb[i] = bomb[i + 1] = 0;
  CHECK(message(bomb).find("got 65000x65000") != std::string::npos);
}

TEST_CASE("10000 x 10000 pixels are read within the defaults, refused or reduced below") {
  const auto jpeg = encoded(cv::Mat(10000, 10000, CV_8UC1, cv::Scalar(200)), ".jpg");
  const scriba::ImageLimits limits{.max_pixels = 30'000'000};
  CHECK(message(jpeg, {.limits = limits}).find("10000x10000") != std::string::npos);
  CHECK(decode_image(jpeg, "a", {.large = scriba::LargeImage::reduce, .limits = limits}).size() == cv::Size(5000, 5000));
}

TEST_CASE("grey, deep and float images become 8-bit BGR") {
  const cv::Mat grey(3, 4, CV_8UC1, cv::Scalar(77));
  CHECK(to_bgr8(grey).at<cv::Vec3b>(2, 3) == cv::Vec3b(77, 77, 77));
  cv::Mat deep(1, 4, CV_16UC1);
  deep.at<std::uint16_t>(0) = 0, deep.at<std::uint16_t>(1) = 65535, deep.at<std::uint16_t>(2) = 257, deep.at<std::uint16_t>(3) = 128 * 257;
  const cv::Mat shallow = to_bgr8(deep);
  for (int x = 0; x < 4; ++x) CHECK(shallow.at<cv::Vec3b>(x)[1] == (std::array{0, 255, 1, 128})[static_cast<std::size_t>(x)]);
  CHECK(difference(decode_image(encoded(deep, ".png")), shallow) == 0);
  cv::Mat floats(1, 2, CV_32FC3);
  floats.at<cv::Vec3f>(0) = {0, .5f, 1}, floats.at<cv::Vec3f>(1) = {1, 0, .2f};
  CHECK(to_bgr8(floats).at<cv::Vec3b>(1) == cv::Vec3b(255, 0, 51));
  cv::Mat bgr = gradient(30, 20);
  CHECK(to_bgr8(bgr).data == bgr.data);  // no copy
  CHECK(difference(to_bgr8(bgr(cv::Rect(3, 4, 10, 8))), bgr(cv::Rect(3, 4, 10, 8)).clone()) == 0);
}

TEST_CASE("images that cannot be used are refused") {
  CHECK_THROWS_AS(to_bgr8({}), scriba::Error);
  CHECK_THROWS_AS(to_bgr8(cv::Mat(2, 2, CV_32SC1, cv::Scalar(1))), scriba::Error);
  CHECK_THROWS_AS(to_bgr8(cv::Mat(2, 2, CV_8SC3, cv::Scalar::all(1))), scriba::Error);
  CHECK_THROWS_AS(to_bgr8(cv::Mat(2, 2, CV_8UC(5))), scriba::Error);
  CHECK_THROWS_AS(to_bgr8(cv::Mat(2, 2, CV_32FC3, cv::Scalar::all(255))), scriba::Error);
  CHECK_THROWS_AS(to_bgr8(cv::Mat(2, 2, CV_32FC3, cv::Scalar::all(std::numeric_limits<double>::infinity()))), scriba::Error);
  const int sizes[] = {2, 3, 4};
  CHECK_THROWS_AS(to_bgr8(cv::Mat(3, sizes, CV_8U)), scriba::Error);
}

TEST_CASE("transparent images lie on a background that their visible pixels stand out from") {
  cv::Mat dark(1, 3, CV_8UC4);
  dark.at<cv::Vec4b>(0) = {10, 20, 30, 255}, dark.at<cv::Vec4b>(1) = {10, 20, 30, 0}, dark.at<cv::Vec4b>(2) = {0, 0, 0, 128};
  const cv::Mat on_white = to_bgr8(dark);
  CHECK(on_white.at<cv::Vec3b>(0) == cv::Vec3b(10, 20, 30));
  CHECK(on_white.at<cv::Vec3b>(1) == cv::Vec3b(255, 255, 255));
  CHECK(on_white.at<cv::Vec3b>(2) == cv::Vec3b(127, 127, 127));
  CHECK(difference(decode_image(encoded(dark, ".png")), on_white) == 0);
  cv::Mat bright(1, 2, CV_8UC4);
  bright.at<cv::Vec4b>(0) = {250, 250, 250, 255}, bright.at<cv::Vec4b>(1) = {250, 250, 250, 0};
  CHECK(to_bgr8(bright).at<cv::Vec3b>(1) == cv::Vec3b(0, 0, 0));
  cv::Mat invisible(1, 1, CV_8UC4, cv::Scalar::all(0)), grey(1, 2, CV_8UC2);
  CHECK(to_bgr8(invisible).at<cv::Vec3b>(0) == cv::Vec3b(255, 255, 255));
  grey.at<cv::Vec2b>(0) = {40, 255}, grey.at<cv::Vec2b>(1) = {40, 0};
  CHECK(to_bgr8(grey).at<cv::Vec3b>(0) == cv::Vec3b(40, 40, 40));
  CHECK(to_bgr8(grey).at<cv::Vec3b>(1) == cv::Vec3b(255, 255, 255));
}

TEST_CASE("whatever the bytes: an image or an Error") {
  std::mt19937 random(11);
  const cv::Mat picture = gradient(40, 30);
  cv::Mat transparent;
  cv::cvtColor(picture, transparent, cv::COLOR_BGR2BGRA);
  std::vector<Bytes> seeds{image_test::with_orientation(encoded(picture, ".jpg"), 6),
                           encoded(picture, ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
                           encoded(picture, ".png"),
                           encoded(transparent, ".png"),
                           encoded(picture, ".bmp"),
                           encoded(picture, ".webp"),
                           encoded(picture, ".ppm"),
                           encoded(picture, ".tiff")};
  // Limits that no test machine feels: a damaged header may well promise a large image.
  const scriba::ReadOptions options{.accept_cut_off = true, .large = scriba::LargeImage::reduce, .limits = {.max_pixels = 1'000'000}};
  int images = 0, errors = 0;
  const auto attempt = [&](const Bytes& bytes) {
    try {
      const cv::Mat image = decode_image(bytes, "fuzz", options);
      CHECK(image.type() == CV_8UC3);
      ++images;
    } catch (const scriba::Error&) {
      ++errors;
    }
  };
  for (const auto& seed : seeds) {
    for (std::size_t length = 0; length < seed.size(); length += 1 + seed.size() / 150)
      attempt(Bytes(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length)));
    for (int i = 0; i < 150; ++i) {
      Bytes damaged = seed;
      for (int k = 0; k <= static_cast<int>(random() % 8); ++k)
        damaged[random() % std::min<std::size_t>(damaged.size(), i % 2 ? 80 : damaged.size())] = static_cast<unsigned char>(random());
      attempt(damaged);
    }
  }
  for (int i = 0; i < 500; ++i) {
    Bytes noise(random() % 300);
    for (auto& b : noise) b = static_cast<unsigned char>(random());
    if (i % 2 && noise.size() > 8) std::copy_n(seeds[static_cast<std::size_t>(i) % seeds.size()].begin(), 8, noise.begin());
    attempt(noise);
  }
  CHECK(images > 0);
  CHECK(errors > 0);
}
