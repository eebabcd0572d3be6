// Label maps against those of the Python reference, on every case found. Maps that are stored as tensors are in golden_target_tensors.cpp.
#include <scriba/target/db_maps.hpp>
#include <scriba/target/pan_maps.hpp>
#include <scriba/target/pse_kernels.hpp>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include <iomanip>
#include <sstream>

#include "target/golden_case.hpp"

using namespace scriba;
using namespace scriba::target;
using golden::TargetCase;

namespace {

// The bits of a map as 0 or 1.
cv::Mat bit(const cv::Mat& image, int number) {
  cv::Mat out;
  cv::bitwise_and(image, cv::Scalar::all(1 << number), out);
  return out != 0;
}

// Share of pixels that are equal, both maps as "not zero". Pixels of `apart` are left out.
double agreement(const cv::Mat& got, const cv::Mat& expected, const cv::Mat& apart = {}) {
  REQUIRE(got.size() == expected.size());
  cv::Mat differ;
  cv::bitwise_xor(got != 0, expected != 0, differ);
  if (!apart.empty()) differ.setTo(0, apart);
  return 1 - static_cast<double>(cv::countNonZero(differ)) / static_cast<double>(got.total());
}

// Share of pixels with the same number.
double same_numbers(const cv::Mat_<int>& got, const cv::Mat& expected, const cv::Mat& apart = {}) {
  REQUIRE(got.size() == expected.size());
  cv::Mat numbers, differ;
  expected.convertTo(numbers, CV_32S);
  differ = got != numbers;
  if (!apart.empty()) differ.setTo(0, apart);
  return 1 - static_cast<double>(cv::countNonZero(differ)) / static_cast<double>(got.total());
}

struct Line {
  std::ostringstream text;
  double least = 1;
  void add(const char* name, double share) {
    least = std::min(least, share);
    text << ' ' << name << ' ' << std::setprecision(7) << 100 * share << " %";
  }
};

struct Run {
  TargetForm form;
  std::string suffix;  // of the files to compare with
  std::string name;
};

// Which files a form is compared with: the true area with the corrected files where these differ.
std::vector<Run> runs(const TargetCase& data, const std::string& map) {
  const std::string fixed = data.has(map + "_fixed") ? "_fixed" : "";
  return {{TargetForm::reference, "", "reference"},
          {TargetForm::reference_shoelace, fixed, "reference, true area"},
          {TargetForm::corrected, fixed, "ours"}};
}

}  // namespace

TEST_CASE("DB maps agree with the reference's") {
  if (golden::no_targets()) return;
  for (const auto& data : golden::target_cases()) {
    if (!data.has("db")) continue;
    for (const auto& [form, suffix, name] : runs(data, "db")) {
      const PageAnnotation page = data.page("db");
      DbMapOptions options = data.db_options();
      options.form = form;
      DbMaps maps;
      const TargetReport report = draw_db_maps(page, options, maps);
      const cv::Mat apart = form == TargetForm::corrected ? data.defects(page, 1 - options.shrink_ratio * options.shrink_ratio) : cv::Mat();
      // Ignored text has no class with us, not that of the background, nor of what it covers.
      cv::Mat classes_apart = maps.classes < 0;
      if (!apart.empty()) classes_apart |= apart;
      const cv::Mat expected = data.image("db" + suffix);
      Line line;
      line.add("shrink", agreement(maps.shrink, bit(expected, 0), apart));
      line.add("mask", agreement(maps.shrink_mask, bit(expected, 1), apart));
      line.add("threshold mask", agreement(maps.threshold_mask, bit(expected, 2), apart));
      line.add("classes", same_numbers(maps.classes, data.image("class" + suffix), classes_apart));

      cv::Mat_<float> threshold;
      data.image("thresh" + suffix).convertTo(threshold, CV_32F, 1 / 65535.0);
      // How far below and above the reference the threshold map lies. Where the reference takes the distance to an end of an edge although
      // the edge itself is nearer (TargetForm), ours is the higher one.
      const auto share = [&](cv::Mat pixels) {
        if (!apart.empty()) pixels.setTo(0, apart);
        return static_cast<double>(cv::countNonZero(pixels)) / static_cast<double>(pixels.total());
      };
      const double lower = share(threshold - maps.threshold > 2e-4f), higher = share(maps.threshold - threshold > 2e-4f);
      line.add("threshold", 1 - lower - (form == TargetForm::corrected ? 0 : higher));
      if (form == TargetForm::corrected) line.text << " (higher where the angle is sharp: " << 100 * higher << " %)";
      CHECK(higher <= 0.01);
      MESSAGE(data.name, ", DB, ", name, ":", line.text.str(), "; ", report.line());
      INFO(data.name, " ", name);
      CHECK(line.least >= 0.999);
      if (form != TargetForm::corrected) CHECK(line.least >= 0.9999);
      // As many texts are ignored in the end.
      const auto ignored = data.json("ignore_after_db" + suffix);
      if (form != TargetForm::corrected && !ignored.is_null())
        CHECK(report.ignored + report.unusable() == std::count(ignored.begin(), ignored.end(), true));
    }
  }
}

TEST_CASE("PSE maps agree with the reference's") {
  if (golden::no_targets()) return;
  for (const auto& data : golden::target_cases()) {
    if (!data.has("pse")) continue;
    const cv::Mat expected = data.image("pse");
    for (const auto form : {TargetForm::reference, TargetForm::corrected}) {
      const PageAnnotation page = data.page("pse_pan_sast");
      PseKernelOptions options = data.pse_options();
      options.form = form;
      PseKernels maps;
      const TargetReport report = draw_pse_kernels(page, options, maps);
      REQUIRE(maps.kernels.size() == data.json("params")["pse"]["rates"].size());
      // Kernels of ignored text count nowhere.
      cv::Mat apart = bit(expected, 7) == 0;
      if (form == TargetForm::corrected) apart |= data.defects(page, 1);
      Line line;
      line.add("text", agreement(maps.text, bit(expected, 0), form == TargetForm::corrected ? apart : cv::Mat()));
      line.add("mask", agreement(maps.mask, bit(expected, 7), form == TargetForm::corrected ? data.defects(page, 1) : cv::Mat()));
      for (std::size_t i = 0; i < maps.kernels.size(); ++i) {
        CHECK(pse_scale(static_cast<int>(i + 1), options) == doctest::Approx(data.json("params")["pse"]["rates"][i].get<double>()));
        line.add("kernel",
                 agreement(maps.kernels[i], bit(expected, static_cast<int>(i + 1)), form == TargetForm::corrected ? apart : cv::Mat()));
      }
      MESSAGE(data.name, ", PSE, ", std::string(form == TargetForm::corrected ? "ours:" : "reference:"), line.text.str(), "; ",
              report.line());
      INFO(data.name);
      CHECK(line.least >= 0.999);
      if (form != TargetForm::corrected) CHECK(line.least >= 0.9999);
    }
  }
}

TEST_CASE("PAN maps agree with the reference's") {
  if (golden::no_targets()) return;
  for (const auto& data : golden::target_cases()) {
    if (!data.has("pan")) continue;
    for (const auto& [form, suffix, name] : runs(data, "pan")) {
      const PageAnnotation page = data.page("pse_pan_sast");
      PanMapOptions options = data.pan_options();
      options.form = form;
      PanMaps maps;
      const TargetReport report = draw_pan_maps(page, options, maps);
      const cv::Mat apart = form == TargetForm::corrected ? data.defects(page, 1 - options.shrink_ratio * options.shrink_ratio) : cv::Mat();
      std::vector<cv::Mat> expected;
      cv::split(data.image("pan" + suffix), expected);
      Line line;
      line.add("text instances", same_numbers(maps.text_instance, expected[0], apart));
      line.add("kernel instances", same_numbers(maps.kernel_instance, expected[1], apart));
      line.add("mask", agreement(maps.mask, expected[2], apart));
      line.add("text", agreement(maps.text, maps.text_instance));
      line.add("kernel", agreement(maps.kernel, maps.kernel_instance));
      MESSAGE(data.name, ", PAN, ", name, ":", line.text.str(), "; ", report.line());
      INFO(data.name, " ", name);
      CHECK(line.least >= 0.999);
      if (form != TargetForm::corrected) CHECK(line.least >= 0.9999);
      const auto ignored = data.json("ignore_after_pan" + suffix);
      if (form != TargetForm::corrected && !ignored.is_null())
        CHECK(report.ignored + report.unusable() == std::count(ignored.begin(), ignored.end(), true));
    }
  }
}
