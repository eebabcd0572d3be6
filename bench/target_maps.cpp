// Label maps of a 640 x 640 crop with 40 words (SAST: the same crop, maps at stride 4), one thread, against a plain implementation as the
// Python reference does it: for each word the distance of every pixel of its padded rectangle to every edge through square roots and
// cosines, and a whole mask for each polygon where the reference has one. Drawing is cv::fillPoly in both, offsets are the same function.
// Ours draws over the maps of the run before; the plain one makes new ones each time, like the reference. The last figure is ours into new
// memory.
// Prints JSON: milliseconds, median of several runs; the words' coordinates are fixed by a seed.
#include <scriba/target/db_maps.hpp>
#include <scriba/target/pan_maps.hpp>
#include <scriba/target/pse_kernels.hpp>
#include <scriba/target/sast_maps.hpp>
#include <scriba/train/db_targets.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <random>
#include <vector>

namespace {

using namespace scriba;
using namespace scriba::target;

constexpr int kRuns = 31, kSide = 640, kWords = 40;

template <class Action>
double median_milliseconds(Action&& action) {
  std::vector<double> times;
  for (int run = 0; run <= kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    action();
    if (run > 0)
      times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());  // the first warms up
  }
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return times[kRuns / 2];
}

// Words of 40 to 120 by 16 to 36 pixels, leaning by up to 10 degrees, on a grid of 5 x 8; every fifth one curved, every tenth ignored.
PageAnnotation crop() {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> width(40, 120), height(16, 36), lean(-0.17f, 0.17f);
  PageAnnotation page{cv::Size(kSide, kSide), {}};
  for (int i = 0; i < kWords; ++i) {
    const Point centre(static_cast<float>(64 + 128 * (i % 5)), static_cast<float>(40 + 80 * (i / 5)));
    const float w = width(random), h = height(random), angle = lean(random);
    Polygon polygon;
    if (i % 5 == 0) {
      for (int k = 0; k < 14; ++k) {
        const int step = k < 7 ? k : 13 - k;
        const float turn = (static_cast<float>(step) / 6 - 0.5f) * 0.8f, radius = w + (k < 7 ? h / 2 : -h / 2);
        polygon.emplace_back(centre.x + radius * std::sin(turn), centre.y + w - radius * std::cos(turn));
      }
    } else {
      for (const auto& [x, y] : {std::pair(-w / 2, -h / 2), {w / 2, -h / 2}, {w / 2, h / 2}, {-w / 2, h / 2}})
        polygon.emplace_back(centre.x + x * std::cos(angle) - y * std::sin(angle), centre.y + x * std::sin(angle) + y * std::cos(angle));
    }
    page.texts.push_back({std::move(polygon), "word", i % 10 == 3, 0});
  }
  return page;
}

// --- the plain way ---

cv::Mat_<float> plain_mask(const PageAnnotation& page) {
  cv::Mat_<float> mask(page.size, 1.f);
  for (const auto& text : page.texts)
    if (text.ignore) fill(mask, text.polygon, 0);
  return mask;
}

// Distances to one edge over a rectangle, divided by the band and cut at 1.
cv::Mat plain_distance(const cv::Rect& box, const Point& a, const Point& b, double band) {
  cv::Mat_<float> out(box.size());
  const double left = box.x, top = box.y, edge = std::pow(a.x - b.x, 2) + std::pow(a.y - b.y, 2);
  for (int y = 0; y < box.height; ++y)
    for (int x = 0; x < box.width; ++x) {
      const double to_a = std::pow(left + x - a.x, 2) + std::pow(top + y - a.y, 2),
                   to_b = std::pow(left + x - b.x, 2) + std::pow(top + y - b.y, 2);
      const double cosine = (edge - to_a - to_b) / (2 * std::sqrt(to_a * to_b));
      const double sine_square = std::isfinite(cosine) ? 1 - cosine * cosine : 0;
      const double distance = cosine < 0 ? std::sqrt(std::min(to_a, to_b)) : std::sqrt(to_a * to_b * sine_square / edge);
      out(y, x) = static_cast<float>(std::clamp(distance / band, 0.0, 1.0));
    }
  return out;
}

DbMaps plain_db(const PageAnnotation& page) {
  DbMaps maps;
  maps.shrink_mask = plain_mask(page);
  for (auto* map : {&maps.shrink, &maps.threshold, &maps.threshold_mask}) *map = cv::Mat_<float>::zeros(page.size);
  for (const auto& text : page.texts) {
    if (text.ignore) continue;
    const double band = offset_distance(text.polygon, 0.84);
    for (const auto& piece : offset_in_whole_pixels(text.polygon, -band)) fill(maps.shrink, piece, 1);
    const auto grown = offset_in_whole_pixels(text.polygon, band);
    if (grown.empty()) continue;
    fill(maps.threshold_mask, grown[0], 1);
    const cv::Rect padded = pixel_bounds(grown[0]), box(padded.tl(), padded.size() + cv::Size(1, 1));
    cv::Mat nearest(box.size(), CV_32FC1, cv::Scalar(1));
    for (std::size_t i = 0; i < text.polygon.size(); ++i)
      cv::min(nearest, plain_distance(box, text.polygon[i], text.polygon[(i + 1) % text.polygon.size()], band), nearest);
    const cv::Rect inside = box & cv::Rect({0, 0}, page.size);
    cv::Mat target = maps.threshold(inside);
    cv::max(target, cv::Mat(1 - nearest(inside - box.tl())), target);
  }
  maps.threshold = maps.threshold * 0.4 + 0.3;
  return maps;
}

PseKernels plain_pse(const PageAnnotation& page) {
  PseKernels maps;
  maps.mask = plain_mask(page);
  maps.text = cv::Mat_<float>::zeros(page.size);
  for (const auto& text : page.texts) fill(maps.text, text.polygon, 1);
  for (int i = 1; i < 7; ++i) {
    maps.kernels.emplace_back(page.size, 0.f);
    const double scale = 1 - 0.1 * i;
    for (const auto& text : page.texts) {
      Polygon polygon = text.polygon;
      for (Point& p : polygon) p = {std::trunc(p.x), std::trunc(p.y)};
      const double shrink = std::min(std::trunc(area(polygon) * (1 - scale * scale) / (perimeter(polygon) + 0.001) + 0.5), 20.0);
      for (const auto& piece : offset_in_whole_pixels(polygon, -shrink)) fill(maps.kernels.back(), piece, 1);
    }
  }
  return maps;
}

PanMaps plain_pan(const PageAnnotation& page) {
  PanMaps maps;
  maps.mask = plain_mask(page);
  maps.text_instance = cv::Mat_<int>::zeros(page.size), maps.kernel_instance = cv::Mat_<int>::zeros(page.size);
  for (std::size_t i = 0; i < page.texts.size(); ++i) {
    if (page.texts[i].ignore) continue;
    const auto& polygon = page.texts[i].polygon;
    fill(maps.text_instance, polygon, static_cast<double>(i + 1));
    for (const auto& piece : offset_in_whole_pixels(polygon, -offset_distance(polygon, 0.75)))
      fill(maps.kernel_instance, piece, static_cast<double>(i + 1));
  }
  cv::Mat(maps.text_instance > 0).convertTo(maps.text, CV_32F, 1 / 255.0);
  cv::Mat(maps.kernel_instance > 0).convertTo(maps.kernel, CV_32F, 1 / 255.0);
  return maps;
}

// A mask of the whole map for each quad, searched for its pixels; for the vertex and centre maps one whole map for each coordinate, drawn
// with its value and subtracted from the pixel's place in the end.
SastMaps plain_sast(const PageAnnotation& page) {
  const cv::Size size(kSide / 4, kSide / 4);
  const auto zeros = [&] { return cv::Mat_<float>(cv::Mat_<float>::zeros(size)); };
  SastMaps maps;
  maps.score = zeros(), maps.mask = cv::Mat_<float>(size, 1.f);
  for (auto& map : maps.border) map = zeros();
  std::array<cv::Mat_<float>, 10> value;
  for (auto& map : value) map = zeros();
  cv::Mat_<float> shorter(size, 1.f), centre_mask = zeros();
  for (const auto& text : page.texts) {
    const TextStrip strip = strip_of(text.polygon, 0.25);
    if (text.ignore) {
      const auto ring = strip.ring();
      fill(maps.mask, std::span<const StripPoint>(ring), 0.15);
      continue;
    }
    const TextStrip centre = centre_strip(strip, 0.3);
    for (const auto& [quad, index] : without_ends(centre, 0.15, 1 / 0.3)) {
      fill(maps.score, std::span<const StripPoint>(quad), 1, ToPixels::round);
      cv::Mat_<float> mask = zeros();
      fill(mask, std::span<const StripPoint>(quad), 1, ToPixels::round);
      const StripQuad whole = strip.quad(index);
      const double angle = target::detail::upward(whole, TargetForm::reference);
      std::vector<cv::Point> pixels;
      cv::findNonZero(mask, pixels);
      for (const cv::Point& p : pixels) {
        const auto offsets = target::detail::border_offsets(StripPoint(p), {whole[0], whole[1]}, {whole[3], whole[2]}, angle);
        for (std::size_t i = 0; i < 4 && offsets; ++i) maps.border[i](p) = static_cast<float>((*offsets)[i]);
        maps.border[4](p) = static_cast<float>(2 / std::max(StripBox{whole, {}}.shorter(), 1.0));
      }
    }
    const StripBox box = box_of(level_start(strip));
    const auto ring = centre_strip(level_start(strip), 0.3).ring();
    const std::span<const StripPoint> outline(ring);
    for (std::size_t i = 0; i < 4; ++i) {
      fill(value[2 * i], outline, box.corner[i].x, ToPixels::round);
      fill(value[2 * i + 1], outline, box.corner[i].y, ToPixels::round);
    }
    fill(value[8], outline, box.centre.x, ToPixels::round), fill(value[9], outline, box.centre.y, ToPixels::round);
    fill(shorter, outline, std::max(box.shorter(), 1.0), ToPixels::round);
    fill(centre_mask, outline, 1, ToPixels::round);
  }
  cv::Mat_<float> place[2] = {zeros(), zeros()};
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) place[0](y, x) = static_cast<float>(x), place[1](y, x) = static_cast<float>(y);
  for (std::size_t i = 0; i < 8; ++i) maps.tvo[i] = place[i % 2].mul(centre_mask) - value[i];
  for (std::size_t i = 0; i < 2; ++i) maps.tco[i] = place[i].mul(centre_mask) - value[8 + i];
  maps.tvo[8] = centre_mask / shorter;
  maps.tco[2] = centre_mask / shorter;
  return maps;
}

double share_equal(const cv::Mat& a, const cv::Mat& b) {
  return 1 - static_cast<double>(cv::countNonZero(cv::abs(a - b) > 2e-4)) / static_cast<double>(a.total());
}

}  // namespace

int main() {
  cv::setNumThreads(1);
  const PageAnnotation page = crop();
  DbMaps db;
  PseKernels pse;
  PanMaps pan;
  SastMaps sast;
  nlohmann::json out{{"bench", "target_maps"}, {"crop", {kSide, kSide}}, {"words", kWords}, {"runs", kRuns}};
  const auto compare = [&](const char* name, auto&& ours, auto&& plain) {
    const double fast = median_milliseconds(ours), slow = median_milliseconds(plain);
    out[name] = {{"milliseconds", fast}, {"plain_milliseconds", slow}, {"times_faster", slow / fast}};
  };
  compare(
      "db", [&] { draw_db_maps(page, {}, db); }, [&] { plain_db(page); });
  compare(
      "pse", [&] { draw_pse_kernels(page, {}, pse); }, [&] { plain_pse(page); });
  compare(
      "pan", [&] { draw_pan_maps(page, {}, pan); }, [&] { plain_pan(page); });
  compare(
      "sast", [&] { draw_sast_maps(page, {}, sast); }, [&] { plain_sast(page); });
  // Into fresh tensors, as a training step does it.
  const train::DbTargets targets;
  out["db_batch_of_8_milliseconds_an_image"] = median_milliseconds([&] { targets(std::vector(8, page)); }) / 8;
  // Both draw the same: shares of equal pixels. The distance rule is the reference's in the plain threshold map.
  out["equal"] = {{"db_shrink", share_equal(db.shrink, plain_db(page).shrink)},
                  {"db_threshold", share_equal(db.threshold, plain_db(page).threshold)},
                  {"pse_last_kernel", share_equal(pse.kernels.back().mul(pse.mask), plain_pse(page).kernels.back().mul(pse.mask))},
                  {"pan_text", share_equal(pan.text, plain_pan(page).text)},
                  {"sast_score", share_equal(sast.score, plain_sast(page).score)},
                  {"sast_tvo", share_equal(sast.tvo[3], plain_sast(page).tvo[3])}};
  std::cout << out.dump(2) << '\n';
}
