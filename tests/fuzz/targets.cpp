// Random polygons through all makers of label maps: nothing crashes, and every map stays in its range.
#include <scriba/target/db_maps.hpp>
#include <scriba/target/pan_maps.hpp>
#include <scriba/target/pse_kernels.hpp>
#include <scriba/target/sast_maps.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

using namespace scriba;
using namespace scriba::target;

namespace {

class Labels {
 public:
  explicit Labels(unsigned seed) : random_(seed) {}

  PageAnnotation page() {
    PageAnnotation out{cv::Size(1 + pick(160), 1 + pick(120)), {}};
    for (int n = pick(7); n > 0; --n) out.texts.push_back({polygon(out.size), "", pick(5) == 0, pick(4) - 1});
    return out;
  }

 private:
  int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
  float between(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }

  Polygon polygon(const cv::Size& size) {
    const auto w = static_cast<float>(size.width), h = static_cast<float>(size.height);
    Polygon out;
    switch (pick(6)) {
      case 0:  // a box, upright or not, maybe walked the wrong way or in the order of a bow-tie
      {
        const float x = between(-20, w), y = between(-20, h), a = between(0, 60), b = between(0, 30), lean = pick(2) ? between(-10, 10) : 0;
        out = {{x, y}, {x + a, y + lean}, {x + a - lean, y + lean + b}, {x - lean, y + b}};
        if (pick(4) == 0) std::reverse(out.begin(), out.end());
        if (pick(6) == 0) std::swap(out[2], out[3]);
        break;
      }
      case 1:  // all on one line
        for (int n = pick(6); n > 0; --n) out.emplace_back(between(-5, w), 7.f);
        break;
      case 2:  // a line on an arc, with an odd corner now and then
      {
        const float radius = between(10, 80), height = between(1, 30);
        const int steps = 1 + pick(8);
        for (int i = 0; i <= steps; ++i)
          out.emplace_back(w / 2 + radius * std::cos(3.3f + static_cast<float>(i) / 4),
                           h + radius * std::sin(3.3f + static_cast<float>(i) / 4));
        for (int i = steps; i >= pick(2); --i)
          out.emplace_back(w / 2 + (radius - height) * std::cos(3.3f + static_cast<float>(i) / 4),
                           h + (radius - height) * std::sin(3.3f + static_cast<float>(i) / 4));
        break;
      }
      default:  // anything
        for (int n = pick(14); n > 0; --n) out.emplace_back(between(-w, 2 * w), between(-h, 2 * h));
    }
    if (!out.empty() && pick(8) == 0)
      out.insert(out.begin() + pick(static_cast<int>(out.size())), out[static_cast<std::size_t>(pick(static_cast<int>(out.size())))]);
    constexpr float kOdd[] = {std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity(),
                              1e30f,
                              -1e30f,
                              32767.f,
                              -32767.f,
                              1e-30f};
    if (!out.empty() && pick(8) == 0) {
      Point& p = out[static_cast<std::size_t>(pick(static_cast<int>(out.size())))];
      (pick(2) ? p.x : p.y) = kOdd[pick(8)];
    }
    if (pick(10) == 0)
      for (Point& p : out) p = {std::trunc(p.x), std::trunc(p.y)};
    return out;
  }

  std::mt19937 random_;
};

// Every value is a number from `low` to `high`.
bool in_range(const cv::Mat& map, double low, double high) {
  return map.empty() || cv::checkRange(map, true, nullptr, low, std::nextafter(high, 1e30) + 1e-6);
}

}  // namespace

TEST_CASE("four makers, three forms, random labels") {
  DbMaps db;
  PseKernels pse;
  PanMaps pan;
  SastMaps sast;
  TargetReport sum;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const PageAnnotation page = Labels(seed).page();
    INFO("seed ", seed);
    const auto texts = static_cast<int>(page.texts.size());
    for (const auto form : {TargetForm::corrected, TargetForm::reference, TargetForm::reference_shoelace}) {
      const TargetReport report = draw_db_maps(page, {.classes = 2, .form = form}, db);
      CHECK(report.texts == texts);
      CHECK(report.ignored + report.outside + report.unusable() <= texts);
      if (form == TargetForm::corrected) sum += report;
      CHECK(in_range(db.shrink, 0, 1));
      CHECK(in_range(db.shrink_mask, 0, 1));
      CHECK(in_range(db.threshold_mask, 0, 1));
      CHECK(in_range(db.threshold, 0.3 - 1e-6, 0.7));
      CHECK(in_range(db.classes, -1, 2));
      // What is shrunk lies in what is grown, but for slivers below a pixel that whole-pixel corners make.
      if (form == TargetForm::corrected) CHECK(cv::countNonZero((db.shrink > 0) & (db.threshold_mask == 0)) <= 16);

      draw_pse_kernels(page, {.form = form}, pse);
      CHECK(in_range(pse.text, 0, 1));
      CHECK(in_range(pse.mask, 0, 1));
      for (const auto& kernel : pse.kernels) CHECK(in_range(kernel, 0, 1));

      draw_pan_maps(page, {.form = form}, pan);
      CHECK(in_range(pan.mask, 0, 1));
      CHECK(in_range(pan.text_instance, 0, texts));
      CHECK(in_range(pan.kernel_instance, 0, texts));
      CHECK(cv::countNonZero((pan.text > 0) != (pan.text_instance > 0)) == 0);
      CHECK(cv::countNonZero((pan.kernel > 0) != (pan.kernel_instance > 0)) == 0);

      if (std::min(page.size.width, page.size.height) < 4) continue;
      draw_sast_maps(page, {.form = form}, sast);
      CHECK(in_range(sast.score, 0, 1));
      CHECK(in_range(sast.mask, 0, 1));
      if (form == TargetForm::corrected) {
        // Offsets are finite; norms are 1 / side with sides of at least one pixel.
        for (const auto& map : sast.border) CHECK(in_range(map, -1e7, 1e7));
        for (const auto& map : sast.tvo) CHECK(in_range(map, -1e5, 1e5));
        for (const auto& map : sast.tco) CHECK(in_range(map, -1e5, 1e5));
        CHECK(in_range(sast.border[4], 0, 2));
        CHECK(in_range(sast.tvo[8], 0, 1));
        CHECK(cv::countNonZero((sast.score > 0) != (sast.border[4] > 0)) == 0);
      }
    }
  }
  MESSAGE(sum.line());
  // The labels were as bad as meant, and some were good.
  for (const auto count : {sum.ignored, sum.outside, sum.not_finite, sum.too_far, sum.too_few_corners, sum.no_area, sum.crosses_itself,
                           sum.unfit_size, sum.shrunk_away})
    CHECK(count > 0);
  CHECK(sum.texts > sum.ignored + sum.outside + sum.unusable() + 100);
}
