// Runs one network by several engines over the same images and tells how far they are apart, how fast they are and what memory they take.
//
//     compare_engines pp-ocr-v6 --engines libtorch,openvino,opencv --images photos/
//     compare_engines crnn.onnx --kind recognizer --engines openvino,opencv --images crops/
//     compare_engines db-resnet50 --weights best.pt --engines libtorch,openvino --images photos/ --max-difference 1e-3
//
// The first engine is what the others are compared with. Detectors are compared by their maps, value by value, and by their regions, one to
// one; recognisers by their texts and scores. The exit status is 1 when an engine is beyond a limit, so that a script can rely on it.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <scriba/geometry/iou.hpp>

#include "detector_choice.hpp"
#include "input_files.hpp"
#include "recognizer_choice.hpp"

namespace {

using scriba::engine::Kind;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

// A line of /proc/self/status in MB; 0 where there is no such file.
double memory_mb(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
  return 0;
}

// The most memory that the process has from here on, beyond what it has now.
class Peak {
 public:
  Peak() : before_(memory_mb("VmRSS")) { std::ofstream("/proc/self/clear_refs") << 5; }
  double mb() const { return std::max(0.0, memory_mb("VmHWM") - before_); }

 private:
  double before_;
};

// What one engine gave for one image.
struct Result {
  std::vector<std::pair<std::string, cv::Mat>> maps;  // of a detector
  std::vector<scriba::TextRegion> regions;
  scriba::Transcript transcript;  // of a recogniser
  double ms{};
};

// How far an engine is from the first one.
struct Comparison {
  double largest = 0, sum = 0, ms = 0, mb = 0;
  double values = 0;         // compared
  double same = 0, all = 0;  // regions that match, or texts that are equal
  std::string engine;

  double match() const { return all > 0 ? same / all : 1; }
  double mean() const { return values > 0 ? sum / values : 0; }
};

class Network {
 public:
  Network(const std::string& model, const std::string& weights, const std::string& alphabet, bool reads, Kind kind) {
    if (reads)
      reader_ = recognizer_named(model, weights, alphabet, kind);
    else
      finder_ = detector_named(model, weights, kind);
  }

  const std::string& engine() const { return reader_.predict ? reader_.engine : finder_.engine; }

  Result run(const cv::Mat& image) const {
    Result out;
    const auto start = Clock::now();
    if (reader_.predict) {
      out.transcript = reader_.predict({&image, 1})[0];
      out.ms = ms_since(start);
      return out;
    }
    auto maps = finder_.maps(image);
    out.ms = maps.network_ms;
    out.regions = finder_.regions(maps, {});
    out.maps = std::move(maps.maps);
    return out;
  }

 private:
  scriba::zoo::RegionFinder finder_;
  scriba::zoo::LineReader reader_;
};

// Regions of which each has one of the others that covers nearly the same.
double matches(const std::vector<scriba::TextRegion>& some, std::vector<scriba::TextRegion> others) {
  constexpr double nearly_the_same = 0.9;
  double count = 0;
  for (const auto& region : some) {
    const auto found = std::ranges::find_if(
        others, [&](const scriba::TextRegion& other) { return scriba::iou(region.polygon, other.polygon) >= nearly_the_same; });
    if (found == others.end()) continue;
    others.erase(found);
    ++count;
  }
  return count;
}

void compare(const Result& expected, const Result& got, Comparison& comparison) {
  for (std::size_t i = 0; i < expected.maps.size(); ++i) {
    const auto& [name, a] = expected.maps[i];
    if (i >= got.maps.size() || a.total() != got.maps[i].second.total())
      throw scriba::Error({.what = "the engines give outputs of different shapes", .where = name});
    const cv::Mat one(1, static_cast<int>(a.total()), CV_32F, a.data),
        other(1, static_cast<int>(a.total()), CV_32F, got.maps[i].second.data);
    comparison.largest = std::max(comparison.largest, cv::norm(one, other, cv::NORM_INF));
    comparison.sum += cv::norm(one, other, cv::NORM_L1);
    comparison.values += static_cast<double>(a.total());
  }
  if (expected.maps.empty()) {
    const double apart = std::abs(expected.transcript.score - got.transcript.score);
    comparison.largest = std::max(comparison.largest, apart);
    comparison.sum += apart;
    ++comparison.values;
    comparison.same += expected.transcript.text == got.transcript.text ? 1 : 0;
    ++comparison.all;
  } else {
    comparison.same += matches(expected.regions, got.regions);
    comparison.all += static_cast<double>(std::max(expected.regions.size(), got.regions.size()));
  }
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares what engines make of one network: differences, speed, memory.", "compare_engines");
  std::string model, weights, alphabet, kind = "detector";
  std::vector<Kind> engines;
  std::vector<std::string> images;
  double max_difference = 0.01, min_match = 0.99;
  std::size_t limit = 0;
  bool quiet = false;
  app.add_option("model", model,
                 "a detector of detect_text --list-models, a recogniser of recognize_word --list-models, or a file of export_model")
      ->required();
  app.add_option("--kind", kind, "detector or recognizer")->check(CLI::IsMember({"detector", "recognizer"}))->capture_default_str();
  app.add_option("--weights", weights, "as for detect_text and recognize_word");
  app.add_option("--alphabet", alphabet, "file of the characters, when the weights do not bring them");
  app.add_option("--engines", engines, "two or more of auto, libtorch, opencv, openvino, the first is compared with")
      ->delimiter(',')
      ->required()
      ->transform(CLI::CheckedTransformer(engine_names()).description(""));
  app.add_option("--images", images, "images, or folders of images; of recognisers: crops of lines")->required();
  app.add_option("--limit", limit, "no more images than this; 0: all");
  app.add_option("--max-difference", max_difference, "largest difference of a value of a map, or of a text's score")->capture_default_str();
  app.add_option("--min-match", min_match, "least share of regions that match (intersection over union 0.9), or of texts that are equal")
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (engines.size() < 2) throw scriba::Error({.what = "nothing to compare", .where = "--engines", .expected = "two or more"});
    auto files = input_files(images);
    if (limit > 0 && files.size() > limit) files.resize(limit);
    if (files.empty()) throw scriba::Error({.what = "nothing to compare", .where = "--images", .expected = "an image", .got = "none"});
    std::vector<Result> expected;
    std::vector<Comparison> comparisons;
    Progress progress(engines.size() * files.size(), quiet);
    // One engine after the other, so that each has the machine and the memory for itself.
    for (const auto engine : engines) {
      const Peak peak;
      const Network network(model, weights, alphabet, kind == "recognizer", engine);
      Comparison comparison{.engine = network.engine()};
      std::vector<double> ms;
      network.run(read_input(files[0]));  // the first run prepares
      for (std::size_t i = 0; i < files.size(); ++i) {
        auto result = network.run(read_input(files[i]));
        ms.push_back(result.ms);
        if (comparisons.empty())
          expected.push_back(std::move(result));
        else
          compare(expected[i], result, comparison);
        progress.step();
      }
      comparison.ms = median(ms);
      comparison.mb = peak.mb();
      comparisons.push_back(comparison);
    }
    const char* share = kind == "detector" ? "regions that match" : "equal texts";
    std::printf("%-14s  largest difference  mean difference  %18s  ms an image  MB\n", "engine", share);
    bool within = true;
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
      const auto& one = comparisons[i];
      if (i == 0) {
        std::printf("%-14s  %18s  %15s  %18s  %11.1f  %.0f\n", one.engine.c_str(), "-", "-", "-", one.ms, one.mb);
        continue;
      }
      std::printf("%-14s  %18.2e  %15.2e  %17.2f%%  %11.1f  %.0f\n", one.engine.c_str(), one.largest, one.mean(), 100 * one.match(), one.ms,
                  one.mb);
      within = within && one.largest <= max_difference && one.match() >= min_match;
    }
    std::fflush(stdout);
    if (!within) std::cerr << "compare_engines: beyond --max-difference " << max_difference << " or --min-match " << min_match << '\n';
    return within ? 0 : 1;
  });
}
