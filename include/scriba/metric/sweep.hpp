#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/metric/detection_protocol.hpp>

namespace scriba::metric {

/// Scores one detector under many settings in one pass over the images: an image goes through the network once, its regions are read off
/// with each setting, and nothing of it is kept.
///
///     Sweep<float> sweep("icdar2015", {0.4f, 0.5f, 0.6f});
///     for (...) {
///       const auto maps = finder.maps(image);
///       sweep.add(truths, [&](float threshold) { return polygons(finder.regions(maps, {.box_threshold = threshold})); });
///     }
///
/// The best of many settings is a score of the images that it was chosen on: choose on validation images, and test with what was chosen.
template <class Setting>
class Sweep {
 public:
  struct Line {
    Setting setting;
    DetectionScore score;
  };

  /// Throws Error without a setting and for an unknown protocol (see detection_protocol()).
  Sweep(std::string_view protocol, std::vector<Setting> settings) {
    if (settings.empty()) throw Error({.what = "nothing to sweep over", .where = "settings", .expected = "one or more", .got = "none"});
    for (auto& setting : settings) counts_.push_back({std::move(setting), detection_protocol(protocol)});
  }

  /// Counts an image. `find(setting)` gives what the detector finds on it, std::vector<Polygon>.
  template <class Find>
  void add(std::span<const target::TextAnnotation> truths, const Find& find) {
    for (auto& count : counts_) count.protocol.add(truths, find(count.setting));
  }

  /// In the order of the settings.
  std::vector<Line> lines() const {
    std::vector<Line> out;
    for (const auto& count : counts_) out.push_back({count.setting, count.protocol.score()});
    return out;
  }

  /// The highest harmonic mean; of equal ones the first.
  Line best() const {
    const auto all = lines();
    return *std::ranges::max_element(all, {}, [](const Line& line) { return line.score.hmean(); });
  }

 private:
  struct Count {
    Setting setting;
    DetectionProtocol protocol;
  };
  std::vector<Count> counts_;
};

}  // namespace scriba::metric
