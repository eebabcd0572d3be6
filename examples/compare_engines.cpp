// Runs one network by several engines over the same images and tells how far they are apart, how fast they are and what memory they take.
//
//     compare_engines pp-ocr-v6 --engines libtorch,openvino,opencv --images photos/
//     compare_engines crnn.onnx --kind recognizer --engines openvino,opencv --images crops/
//     compare_engines db-resnet50 --weights best.pt --engines libtorch,openvino --images photos/ --max-difference 1e-3
//
// The first engine is what the others are compared with, image by image. Detectors are compared by their maps, value by value, and by their
// regions, one to one; recognisers by their texts and scores. The exit status is 1 when an engine is beyond a limit, so that a script can
// rely on it. MB is the most that opening the network and running the first image add to a process which does nothing else.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "detector_choice.hpp"
#include "engine_comparison.hpp"
#include "input_files.hpp"
#include "process_memory.hpp"
#include "recognizer_choice.hpp"

namespace {

using scriba::engine::Kind;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

struct NetworkFile {
  std::string model, weights, alphabet, kind = "detector";
};

class Network {
 public:
  Network(const NetworkFile& file, const scriba::engine::Choice& choice) {
    if (file.kind == "recognizer")
      reader_ = recognizer_named(file.model, file.weights, file.alphabet, choice);
    else
      finder_ = detector_named(file.model, file.weights, choice);
  }

  const std::string& engine() const { return reader_.predict ? reader_.engine : finder_.engine; }

  EngineResult run(const cv::Mat& image) const {
    EngineResult out;
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

// What `act` adds to the memory of a process of its own at most, in MB; nothing when it fails. Only before there are threads: a forked
// process has none but the one that forks.
template <class Act>
std::optional<double> memory_of(const Act& act) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    double mb = -1;
    try {
      const double before = memory_mb("VmRSS");
      act();
      mb = memory_mb("VmHWM") - before;
    } catch (const std::exception&) {  // it will fail in this process, too, and be said there
    }
    const bool written = write(ends[1], &mb, sizeof mb) == sizeof mb;
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  double mb = -1;
  const bool got = child > 0 && read(ends[0], &mb, sizeof mb) == sizeof mb;
  close(ends[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  return got && mb >= 0 ? std::optional(mb) : std::nullopt;
}

// One engine of those compared.
struct Contestant {
  Network network;
  std::optional<double> mb;
  EngineComparison comparison = {};
  std::vector<double> ms = {};
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares what engines make of one network: differences, speed, memory.", "compare_engines");
  NetworkFile file;
  std::vector<Kind> engines;
  std::vector<std::string> images;
  double max_difference = 0.01, min_match = 0.99;
  std::size_t limit = 0;
  bool quiet = false;
  app.add_option("model", file.model,
                 "a detector of detect_text --list-models, a recogniser of recognize_word --list-models, or a file of export_model")
      ->required();
  app.add_option("--kind", file.kind, "detector or recognizer")->check(CLI::IsMember({"detector", "recognizer"}))->capture_default_str();
  app.add_option("--weights", file.weights, "as for detect_text and recognize_word");
  app.add_option("--alphabet", file.alphabet, "file of the characters, when the weights do not bring them");
  app.add_option("--engines", engines, "two or more of auto, libtorch, opencv, openvino, tensorrt, the first is compared with")
      ->delimiter(',')
      ->required()
      ->transform(CLI::CheckedTransformer(engine_names()).description(""));
  const EngineSettings settings(app);
  app.add_option("--images", images, "images, or folders of images; of recognisers: crops of lines")->required();
  app.add_option("--limit", limit, "no more images than this; 0: all");
  app.add_option("--max-difference", max_difference, "largest difference of a value of a map, or of a text's score")->capture_default_str();
  app.add_option("--min-match", min_match, "least share of regions that match (intersection over union 0.9), or of texts that are equal")
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (engines.size() < 2) throw scriba::Error({.what = "nothing to compare", .where = "--engines", .expected = "two or more"});
    settings.require_use(std::ranges::find(engines, Kind::tensorrt) != engines.end());
    auto files = input_files(images);
    if (limit > 0 && files.size() > limit) files.resize(limit);
    if (files.empty()) throw scriba::Error({.what = "nothing to compare", .where = "--images", .expected = "an image", .got = "none"});
    std::vector<std::optional<double>> mb;  // first of all: see memory_of
    for (const auto engine : engines) mb.push_back(memory_of([&] { Network(file, settings.choice(engine)).run(read_input(files[0])); }));
    std::vector<Contestant> contestants;
    for (std::size_t e = 0; e < engines.size(); ++e) {
      contestants.push_back({Network(file, settings.choice(engines[e])), mb[e]});
      contestants.back().network.run(read_input(files[0]));  // the first run prepares
    }
    Progress progress(files.size(), quiet);
    for (const auto& name : files) {
      const cv::Mat image = read_input(name);
      EngineResult expected;
      for (std::size_t e = 0; e < contestants.size(); ++e) {
        auto result = contestants[e].network.run(image);
        contestants[e].ms.push_back(result.ms);
        if (e == 0)
          expected = std::move(result);
        else
          contestants[e].comparison.add(expected, result);
      }
      progress.step();
    }
    const char* share = file.kind == "detector" ? "regions that match" : "equal texts";
    std::printf("%-14s  largest difference  mean difference  %18s  ms an image  MB\n", "engine", share);
    bool within = true;
    for (std::size_t e = 0; e < contestants.size(); ++e) {
      const auto& [network, memory, comparison, ms] = contestants[e];
      const auto text = memory ? std::to_string(std::lround(*memory)) : std::string("-");
      if (e == 0)
        std::printf("%-14s  %18s  %15s  %18s", network.engine().c_str(), "-", "-", "-");
      else
        std::printf("%-14s  %18.2e  %15.2e  %17.2f%%", network.engine().c_str(), comparison.largest(), comparison.mean(),
                    100 * comparison.match());
      std::printf("  %11.1f  %s\n", median(ms), text.c_str());
      within = within && comparison.within(max_difference, min_match);
    }
    std::fflush(stdout);
    if (!within) std::cerr << "compare_engines: beyond --max-difference " << max_difference << " or --min-match " << min_match << '\n';
    return within ? 0 : 1;
  });
}
