#include <scriba/image/line.hpp>
#include <scriba/image/normalize.hpp>
#include <scriba/image/resize.hpp>

#include <cmath>
#include <limits>

#include "image/image_bytes.hpp"

using scriba::DetectorResize;
using scriba::ResizeSide;

namespace {
golden::fs::path folder() { return golden::shared() / "golden/preprocess"; }

std::vector<golden::fs::path> files(std::string_view prefix) {
  auto found = golden::cases(folder(), prefix);
  if (found.empty())
    MESSAGE("skipped: all of this file: ", folder().string(), " has no ", std::string(prefix), "*.json (set SCRIBA_SHARED)");
  return found;
}

// The reference has no limits.
DetectorResize unlimited(ResizeSide by, const nlohmann::json& test, const char* side) {
  return {.by = by,
          .side = test[side].get<int>(),
          .multiple = test.value("stride", test["algorithm"] == "SAST" ? 128 : 32),
          .max_side = std::numeric_limits<int>::max(),
          .max_pixels = std::numeric_limits<std::int64_t>::max()};
}

cv::Mat picture(const nlohmann::json& name, int flags = cv::IMREAD_COLOR) {
  const auto path = folder() / name.get<std::string>();
  const cv::Mat out = cv::imread(path.string(), flags);
  REQUIRE_MESSAGE(!out.empty(), "cannot open ", path.string());
  return out;
}

// Share of elements that differ by more than `tolerance`.
double share_above(const std::vector<float>& a, const std::vector<float>& b, double tolerance) {
  REQUIRE(a.size() == b.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += std::abs(static_cast<double>(a[i]) - b[i]) > tolerance;
  return static_cast<double>(count) / static_cast<double>(a.size());
}
}  // namespace

TEST_CASE("network sizes equal the reference's") {
  for (const auto& path : files("detection_resize_table")) {
    const auto file = golden::json(path);
    for (const auto& row : file["rows"]) {
      const cv::Size source(row["w"].get<int>(), row["h"].get<int>());
      const auto compare = [&](const nlohmann::json& test, const DetectorResize& rule) {
        const auto size = rule(source);
        CAPTURE(test.dump());
        CAPTURE(source.width);
        CAPTURE(source.height);
        CHECK(size.width == test["new_w"].get<std::int64_t>());
        CHECK(size.height == test["new_h"].get<std::int64_t>());
        if (test.contains("ratio_w"))
          CHECK(static_cast<double>(source.width) / size.width == doctest::Approx(test["ratio_w"].get<double>()));
      };
      for (const auto& test : row["validation"]) {
        const auto name = test["algorithm"].get<std::string>();
        compare(test, unlimited(name == "PSE" || name == "SAST" ? ResizeSide::longer : ResizeSide::shorter, test, "test_size"));
      }
      if (row.contains("inference_long_side"))
        for (const auto& test : row["inference_long_side"]) compare(test, unlimited(ResizeSide::longer, test, "max_size"));
    }
  }
}

TEST_CASE("detector inputs equal the reference's") {
  for (const auto& path : files("det_norm")) {
    const auto test = golden::json(path);
    const auto name = path.stem().string();
    CAPTURE(name);
    const cv::Mat source = picture(name + ".png");
    const auto by = test["algorithm"] == "PSE" || test["algorithm"] == "SAST" ? ResizeSide::longer : ResizeSide::shorter;
    const auto resized = unlimited(by, test, "test_size").resized(source);
    const cv::Size size = resized.image.size();
    CHECK(size == cv::Size(test["resized_size"][1].get<int>(), test["resized_size"][0].get<int>()));

    const auto how = scriba::imagenet_normalization(test["channel_order"] == "RGB" ? scriba::ChannelOrder::rgb : scriba::ChannelOrder::bgr);
    CHECK(how.mean[0] == test["mean"][0].get<double>());
    CHECK(how.std[2] == test["std"][2].get<double>());
    const std::int64_t plane = static_cast<std::int64_t>(size.width) * size.height;
    std::vector<float> tensor(static_cast<std::size_t>(3 * plane));
    scriba::normalize_into(resized.image, how, tensor.data(), size.width, plane);
    double sum = 0;
    for (const float v : tensor) sum += v;
    CHECK(sum == doctest::Approx(test["tensor_sum"].get<double>()).epsilon(1e-4));

    const auto part = [&](int step, int end_y, int end_x) {
      std::vector<float> out;
      for (int c = 0; c < 3; ++c)
        for (int y = 0; y < end_y; y += step)
          for (int x = 0; x < end_x; x += step)
            out.push_back(tensor[static_cast<std::size_t>(c * plane + static_cast<std::int64_t>(y) * size.width + x)]);
      return out;
    };
    const auto stored = image_test::stored_tensors(folder() / (name + ".pt"));
    REQUIRE(stored.size() >= 2);
    CHECK(share_above(part(8, size.height, size.width), image_test::as_floats(stored[0]), 1e-5) <= 0.01);
    CHECK(share_above(part(8, size.height, size.width), image_test::as_floats(stored[0]), 0.019) == 0);
    CHECK(share_above(part(1, 64, 64), image_test::as_floats(stored[1]), 0.019) == 0);
  }
}

TEST_CASE("recogniser widths equal the reference's") {
  for (const auto& path : files("recognition_shapes")) {
    const auto file = golden::json(path);
    const scriba::LineSize unsqueezed{.height = 32, .max_width = std::numeric_limits<int>::max(), .by = scriba::LineWidth::truncated};
    for (const auto& test : file["cases"]) {
      CAPTURE(test.dump());
      CHECK(unsqueezed.width({test["w"].get<int>(), test["h"].get<int>()}) == std::max<std::int64_t>(test["new_w"].get<std::int64_t>(), 1));
    }
  }
}

TEST_CASE("recogniser inputs equal the reference's") {
  for (const auto& path : files("recognition_resize")) {
    const auto file = golden::json(path);
    for (const auto& test : file["cases"]) {
      const auto name = test["case"].get<std::string>();
      CAPTURE(name);
      const cv::Mat crop = picture(test["input"]);
      const auto size = scriba::crnn_line_size();
      CHECK(size.width(crop.size()) == std::min(std::max(test["new_w"].get<int>(), 1), 100));
      std::vector<float> tensor(32 * 100);
      const scriba::Normalization grey{.order = scriba::ChannelOrder::grey};
      scriba::write_line(picture(test["gray"], cv::IMREAD_GRAYSCALE), size, grey, 100, tensor.data());
      CHECK(share_above(tensor, image_test::as_floats(image_test::stored_tensors(folder() / test["tensor"].get<std::string>()).at(0)),
                        1e-5) == 0);
      scriba::write_line(crop, size, grey, 100, tensor.data());  // the grey value may differ by one level on few pixels
      CHECK(share_above(tensor, image_test::as_floats(image_test::stored_tensors(folder() / test["tensor"].get<std::string>()).at(0)),
                        0.0079) == 0);

      if (!test.contains("resize_image_crnn")) continue;
      const auto& inference = test["resize_image_crnn"];
      const auto fours = scriba::crnn_line_size(scriba::LineWidth::whole_fours);
      CHECK(fours.width(crop.size()) == std::min(inference["new_w"].get<int>(), inference["max_width"].get<int>()));
      const cv::Mat expected = picture(inference["result"]);
      std::vector<float> planes(3 * 32 * 100);
      scriba::write_line(crop, fours, {.mean = {0, 0, 0}, .std = {1, 1, 1}}, fours.canvas(crop.size()), planes.data());
      for (int c = 0; c < 3; ++c) {
        std::vector<float> wanted;
        for (int y = 0; y < 32; ++y)
          for (int x = 0; x < 100; ++x) wanted.push_back(expected.at<cv::Vec3b>(y, x)[c] / 255.f);
        CHECK(share_above({planes.begin() + c * 3200, planes.begin() + (c + 1) * 3200}, wanted, 1e-5) == 0);
      }
    }
  }
}
