// Time and memory of each engine on five networks, one batch at a time, against ONNX Runtime (Python) on the same ONNX files with the same
// number of threads, one after the other in the same run.
//
//     bench_engines [--threads 2] [--runs 5] [--python PYTHON] [--network PART_OF_NAME]
//
// Detectors see 736 x 1280, recognisers 48 x 320, CRNN 32 x 320; batches of 1 and 8. Memory is what the process has at most beyond what it
// had before the file was opened, in a process of its own for each row: the program calls itself. PYTHON needs onnxruntime and numpy.
// Prints JSON.
#include <torch/torch.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <opencv2/core/utility.hpp>

#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/open.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>
#include "../examples/process_memory.hpp"
#include "measure.hpp"

namespace {

namespace fs = std::filesystem;
using namespace scriba;
using Json = nlohmann::ordered_json;

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  char buffer[4096];
  for (std::size_t n; pipe && (n = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) out.append(buffer, n);
  return out;
}

const std::map<std::string, engine::Kind> kEngines{
    {"libtorch", engine::Kind::libtorch}, {"opencv", engine::Kind::opencv}, {"openvino", engine::Kind::openvino}};

// One row, in a process of its own: FILE ENGINE THREADS RUNS N C H W.
int run_one(char** arguments) {
  const fs::path file = arguments[0];
  const std::string name = arguments[1];
  const int threads = std::stoi(arguments[2]), runs = std::stoi(arguments[3]);
  std::vector<std::int64_t> size;
  for (int i = 4; i < 8; ++i) size.push_back(std::stoll(arguments[i]));
  torch::set_num_threads(threads);
  cv::setNumThreads(threads);
  const auto batch = torch::rand(size);
  const double before = memory_mb("VmRSS");
  const auto opened = engine::open(file, {.kind = kEngines.at(name), .openvino = {.threads = threads}});
  const double ms = bench::median_ms([&] { opened.engine.run(batch); }, runs);
  std::cout << Json{{"ms", ms}, {"mb", memory_mb("VmHWM") - before}}.dump();
  return 0;
}

struct Network {
  std::string name;
  std::vector<std::int64_t> image;  // [C, H, W]
  deploy::Traced traced;
};

std::vector<Network> networks(const std::string& part) {
  std::vector<Network> out;
  for (const auto* name : {"pp-ocr-v6", "db-mobilenet-v3-small", "db-resnet50"}) {
    if ((std::string(name) + " detector").find(part) == std::string::npos) continue;
    const auto made = zoo::trainable_detector(name);
    made.module->eval();
    made.fold();
    out.push_back({std::string(name) + " detector", {3, 736, 1280}, made.trace(torch::rand({1, 3, 64, 64}))});
  }
  for (const auto* name : {"pp-ocr-v6", "crnn-mobilenet-v3-small", "crnn-mobilenet-v3-large"}) {
    if ((std::string(name) + " recogniser").find(part) == std::string::npos) continue;
    const auto made = zoo::trainable_recognizer(name, zoo::english_alphabet());
    made.module->eval();
    made.fold();
    const std::int64_t planes = plane_count(made.input->normalization.order), height = made.input->size.height;
    out.push_back({std::string(name) + " recogniser", {planes, height, 320}, made.trace(torch::rand({1, planes, height, 100}))});
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 10 && std::string(argv[1]) == "--one") return run_one(argv + 2);
  std::map<std::string, std::string> options{{"--threads", "2"}, {"--runs", "5"}, {"--python", "python3"}, {"--network", ""}};
  for (int i = 1; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) {
      std::cerr << "usage: bench_engines [--threads N] [--runs N] [--python PYTHON] [--network PART_OF_NAME]\n";
      return 2;
    }
    options[argv[i]] = argv[i + 1];
  }
  const auto folder = fs::temp_directory_path() / "scriba_bench_engines";
  fs::create_directories(folder);
  torch::manual_seed(1);
  Json rows = Json::array();
  for (const auto& network : networks(options["--network"])) {
    const auto onnx = folder / "net.onnx", script = folder / "net.pt";
    deploy::write_onnx(onnx, network.traced);
    deploy::save_torchscript(script, deploy::frozen(network.traced));
    for (const int batch : {1, 8}) {
      Json row{{"network", network.name}, {"batch", batch}};
      std::string size = " " + std::to_string(batch);
      for (const auto side : network.image) size += " " + std::to_string(side);
      const auto settings = " " + options["--threads"] + " " + options["--runs"] + size + " 2>/dev/null";
      const auto add = [&](const std::string& name, const std::string& command) {
        const auto result = Json::parse(output_of(command), nullptr, /*allow_exceptions=*/false);
        row[name] = result.is_object() ? result : Json("does not run");
      };
      add("onnx_runtime",
          "\"" + options["--python"] + "\" \"" SCRIBA_SOURCE "/bench/onnx_runtime.py\" \"" + onnx.string() + "\"" + settings);
      for (const auto& [name, kind] : kEngines)
        add(name, "\"" + std::string(argv[0]) + "\" --one \"" + (kind == engine::Kind::libtorch ? script : onnx).string() + "\" " + name +
                      settings);
      for (const auto& [name, kind] : kEngines)
        if (row[name].is_object() && row["onnx_runtime"].is_object())
          row[name]["times_onnx_runtime"] = row["onnx_runtime"]["ms"].get<double>() / row[name]["ms"].get<double>();
      rows.push_back(row);
    }
  }
  std::cout << Json{{"bench", "engines"}, {"threads", std::stoi(options["--threads"])}, {"rows", rows}}.dump(2) << '\n';
}
