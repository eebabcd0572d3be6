// Maps that the reference stores as tensors: the threshold map in single precision, and SAST's.
#include <scriba/target/db_maps.hpp>
#include <scriba/target/sast_maps.hpp>

#include <doctest/doctest.h>

#include "support/tensors.hpp"
#include "target/golden_case.hpp"

using namespace scriba;
using namespace scriba::target;

namespace {

cv::Mat_<float> matrix(const at::Tensor& tensor) {
  const auto plane = tensor.to(at::kFloat).contiguous();
  return cv::Mat_<float>(static_cast<int>(plane.size(0)), static_cast<int>(plane.size(1)), plane.data_ptr<float>()).clone();
}

// Sparse values at pixels [n, 2] as y, x, in `planes` maps.
std::vector<cv::Mat_<float>> dense(const at::Tensor& pixels, const at::Tensor& values, cv::Size size) {
  std::vector<cv::Mat_<float>> out;
  const auto at = pixels.to(at::kInt).contiguous();
  const auto value = values.to(at::kFloat).contiguous();
  for (std::int64_t c = 0; c < value.size(1); ++c) {
    out.emplace_back(cv::Mat_<float>::zeros(size));
    for (std::int64_t i = 0; i < at.size(0); ++i)
      out.back()(at.data_ptr<int>()[2 * i], at.data_ptr<int>()[2 * i + 1]) = value.data_ptr<float>()[i * value.size(1) + c];
  }
  return out;
}

// Pixels that differ by more than `tolerance`; those of `apart` are left out.
int differing(const cv::Mat_<float>& a, const cv::Mat_<float>& b, float tolerance, const cv::Mat& apart = {}) {
  REQUIRE(a.size() == b.size());
  cv::Mat out = cv::abs(a - b) > tolerance;
  if (!apart.empty()) out.setTo(0, apart);
  return cv::countNonZero(out);
}

// Pixels of the SAST maps that texts cover for which ours differ on purpose: crossing themselves, without area, of an unfit size, or
// anticlockwise.
cv::Mat sast_defects(const PageAnnotation& page, const SastMapOptions& options) {
  cv::Mat out = cv::Mat::zeros(page.size, CV_8UC1), small;
  for (const auto& text : page.texts) {
    const double shorter = box_of(strip_of(text.polygon, 1)).shorter();
    if (scriba::target::detail::flaw_of(text.polygon) == nullptr && signed_area(text.polygon) > 0 && shorter >= options.min_text_size &&
        shorter <= options.max_text_size)
      continue;
    const cv::Rect bounds = pixel_bounds(text.polygon);
    cv::rectangle(out, cv::Rect(bounds.x - 4, bounds.y - 4, bounds.width + 8, bounds.height + 8), cv::Scalar(255), cv::FILLED);
  }
  cv::resize(out, small, {}, 1.0 / options.stride, 1.0 / options.stride, cv::INTER_AREA);
  return small > 0;
}

}  // namespace

TEST_CASE("threshold maps agree in single precision") {
  if (golden::no_targets()) return;
  for (const auto& data : golden::target_cases())
    for (const std::string suffix : {"", "_fixed"}) {
      if (!data.has("thresh_sub4" + suffix)) continue;
      INFO(data.name, suffix);
      DbMapOptions options = data.db_options();
      options.form = suffix.empty() ? TargetForm::reference : TargetForm::reference_shoelace;
      DbMaps maps;
      draw_db_maps(data.page("db"), options, maps);
      const auto expected = matrix(golden::tensors(data.file("thresh_sub4" + suffix)).at("thresh_map_sub4"));
      cv::Mat_<float> got(expected.size());
      for (int y = 0; y < got.rows; ++y)
        for (int x = 0; x < got.cols; ++x) got(y, x) = maps.threshold(4 * y, 4 * x);
      CHECK(differing(got, expected, 2e-4f) == 0);
    }
}

TEST_CASE("SAST maps agree with the reference's") {
  if (golden::no_targets()) return;
  for (const auto& data : golden::target_cases()) {
    if (!data.has("sast")) continue;
    const auto stored = golden::tensors(data.file("sast"));
    const auto score = matrix(stored.at("score")), mask = matrix(stored.at("training_mask_percent"));
    const auto border = dense(stored.at("tbo_yx"), stored.at("tbo"), score.size());
    const auto tvo = dense(stored.at("tvo_yx"), stored.at("tvo"), score.size());
    const auto tco = dense(stored.at("tvo_yx"), stored.at("tco"), score.size());
    for (const auto form : {TargetForm::reference, TargetForm::corrected}) {
      const PageAnnotation page = data.page("pse_pan_sast", "polygons_sast", "sast");
      SastMapOptions options = data.sast_options();
      options.form = form;
      SastMaps maps;
      const TargetReport report = draw_sast_maps(page, options, maps);
      const cv::Mat apart = form == TargetForm::corrected ? sast_defects(page, options) : cv::Mat();
      const int scores = differing(maps.score, score, 0.5f, apart);
      cv::Mat_<float> percent;
      if (form == TargetForm::corrected)
        percent = cv::Mat_<float>(cv::max(maps.mask * 100, 15));
      else
        percent = cv::Mat_<float>(maps.mask * 100);
      const int masks = differing(percent, mask, 0.01f, apart);
      int borders = 0, vertices = 0, centres = 0;
      for (std::size_t i = 0; i < 5; ++i) borders += differing(maps.border[i], border[i], 1e-3f, apart);
      for (std::size_t i = 0; i < 9; ++i) vertices += differing(maps.tvo[i], tvo[i], 1e-3f, apart);
      for (std::size_t i = 0; i < 3; ++i) centres += differing(maps.tco[i], tco[i], 1e-3f, apart);
      MESSAGE(data.name, ", SAST, ", std::string(form == TargetForm::corrected ? "ours" : "reference"), ": pixels that differ: score ",
              scores, ", mask ", masks, ", border ", borders, ", tvo ", vertices, ", tco ", centres, " of ", score.total(), " (",
              cv::countNonZero(score), " on centre lines); ", report.line());
      INFO(data.name);
      CHECK(scores == 0);
      CHECK(masks == 0);
      CHECK(borders == 0);
      CHECK(vertices == 0);
      CHECK(centres == 0);
    }
  }
}

TEST_CASE("dense SAST maps agree channel by channel") {
  if (golden::no_targets()) return;
  for (const auto& data : golden::target_cases()) {
    if (!data.has("sast_dense")) continue;
    INFO(data.name);
    SastMapOptions options = data.sast_options();
    options.form = TargetForm::reference;
    SastMaps maps;
    draw_sast_maps(data.page("pse_pan_sast", "polygons_sast", "sast"), options, maps);
    for (const auto& [name, tensor] : golden::tensors(data.file("sast_dense"))) {
      INFO(name, " ", tensor.sizes());
      const auto planes = tensor.dim() == 2 ? tensor.unsqueeze(0) : tensor;
      for (std::int64_t c = 0; c < planes.size(0); ++c) {
        const auto i = static_cast<std::size_t>(c);
        const cv::Mat_<float> expected = matrix(planes[c]);
        if (name.find("score") != std::string::npos) CHECK(differing(maps.score, expected, 1e-6f) == 0);
        if (name.find("tbo") != std::string::npos || name.find("border") != std::string::npos)
          CHECK(differing(maps.border[i], expected, 1e-3f) == 0);
        if (name.find("tvo") != std::string::npos) CHECK(differing(maps.tvo[i], expected, 1e-3f) == 0);
        if (name.find("tco") != std::string::npos) CHECK(differing(maps.tco[i], expected, 1e-3f) == 0);
      }
    }
  }
}
