#pragma once
// A detector scored with many thresholds at once.

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <scriba/metric/sweep.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

class ThresholdSweep {
 public:
  explicit ThresholdSweep(CLI::App& app) {
    app.add_flag("--sweep", given_, "also score other thresholds, on the same run of the network, and name the best");
    app.add_option("--sweep-threshold", threshold_, "values for --threshold")->check(CLI::Range(0.f, 1.f));
    app.add_option("--sweep-box-threshold", box_threshold_, "values for --box-threshold")->check(CLI::Range(0.f, 1.f));
    app.add_option("--sweep-unclip", unclip_ratio_, "values for --unclip")->check(CLI::Range(0.1f, 10.f));
  }

  bool wanted() const { return given_ || !threshold_.empty() || !box_threshold_.empty() || !unclip_ratio_.empty(); }

  /// Grids that were not given: around what the detector works with, when only --sweep was; else that alone.
  void start(const std::string& protocol, const scriba::zoo::RegionFinder& detector) {
    const bool all = threshold_.empty() && box_threshold_.empty() && unclip_ratio_.empty();
    const auto& now = detector.settings;
    std::vector<scriba::zoo::DetectorChanges> settings;
    for (const auto& threshold : values(threshold_, now.threshold, all, 0.1f, 0.9f))
      for (const auto& box : values(box_threshold_, now.box_threshold, all, 0.1f, 0.9f))
        for (const auto& unclip : values(unclip_ratio_, now.unclip_ratio, all, 0.2f, 10.f))
          settings.push_back({.threshold = threshold, .box_threshold = box, .unclip_ratio = unclip});
    sweep_.emplace(protocol, std::move(settings));
  }

  /// Counts an image; `polygons` makes what is scored of regions.
  template <class Polygons>
  void add(std::span<const scriba::target::TextAnnotation> texts, const scriba::zoo::RegionFinder& detector,
           const scriba::zoo::DetectorMaps& maps, const Polygons& polygons) {
    sweep_->add(texts, [&](const scriba::zoo::DetectorChanges& setting) { return polygons(detector.regions(maps, setting)); });
  }

  void print() const {
    std::printf("threshold  box  unclip  precision  recall  hmean\n");
    for (const auto& line : sweep_->lines()) {
      std::printf("%9s  %s  %6s", text(line.setting.threshold).c_str(), text(line.setting.box_threshold).c_str(),
                  text(line.setting.unclip_ratio).c_str());
      std::printf("  %9.2f  %6.2f  %5.2f\n", 100 * line.score.precision, 100 * line.score.recall, 100 * line.score.hmean());
    }
    const auto best = sweep_->best();
    std::printf("best:");
    const auto option = [](const char* name, const std::optional<float>& value) {
      if (value) std::printf(" %s %s", name, text(value).c_str());
    };
    option("--threshold", best.setting.threshold), option("--box-threshold", best.setting.box_threshold);
    option("--unclip", best.setting.unclip_ratio);
    std::printf(", hmean %.2f\n", 100 * best.score.hmean());
    std::fflush(stdout);
  }

 private:
  using Values = std::vector<std::optional<float>>;

  // Two steps to either side of `now`. A threshold that the detector does not have has one value, none.
  static Values values(const std::vector<float>& given, std::optional<float> now, bool around, float step, float last) {
    if (!given.empty()) return {given.begin(), given.end()};
    if (!now || !around) return {now};
    Values out;
    for (int i = -2; i <= 2; ++i)
      if (const float value = *now + static_cast<float>(i) * step; value > 0.04f && value <= last) out.emplace_back(value);
    return out;
  }

  static std::string text(const std::optional<float>& value) {
    char out[16] = "   -";
    if (value) std::snprintf(out, sizeof out, "%.2f", static_cast<double>(*value));
    return out;
  }

  bool given_ = false;
  std::vector<float> threshold_, box_threshold_, unclip_ratio_;
  std::optional<scriba::metric::Sweep<scriba::zoo::DetectorChanges>> sweep_;
};
