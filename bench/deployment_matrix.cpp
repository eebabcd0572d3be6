// Takes every detector and recogniser of the zoo out of the library in every form, runs what came out at sizes that it was not recorded at,
// and prints the page docs/deployment_matrix.md. Nothing on that page is written by hand:
//
//     SCRIBA_PYTHON=python3 bench_deployment_matrix > docs/deployment_matrix.md
//     bench_deployment_matrix crnn            # only names with this in them
//
// Exits 1 when something in float32 runs and differs by more than 1e-4.
#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>

#include <opencv2/core/version.hpp>
#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/any.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/engine/torchscript.hpp>
#include "deploy/networks.hpp"
#include "deploy/onnx_runtime.hpp"
#include "io/temporary_folder.hpp"
#include "measure.hpp"

namespace {

using deploy_tests::Network;
namespace fs = std::filesystem;

template <class E, class... Options>
scriba::engine::Any any(const fs::path& file, Options... options) {
  return scriba::engine::Any(std::make_shared<const E>(file, options...));
}

constexpr double kLargest = 0.05;  // anything beyond is not rounding
bool all_close = true;             // what runs in float32 is within 1e-4

// "1e-06, 9.3 MB, 4.5 ms", or "no" with the reason on stderr.
std::string cell(const Network& network, const char* target, const fs::path& file, const std::function<scriba::engine::Any()>& opened) {
  try {
    const auto engine = opened();
    const double difference = deploy_tests::difference(engine, network);
    const auto batch = torch::rand(network.unseen.back());
    const double ms = bench::median_ms([&] { engine.run(batch); }, 3);
    if (!(difference < kLargest)) throw scriba::Error({.what = "wrong results", .got = "a difference of " + std::to_string(difference)});
    if (file.stem() != "half") all_close = all_close && difference < 1e-4;
    char text[64];
    std::snprintf(text, sizeof text, "%.0e, %.1f MB, %.1f ms", difference, static_cast<double>(fs::file_size(file)) / 1e6, ms);
    return text;
  } catch (const std::exception& error) {
    const std::string message = error.what();
    std::cerr << network.name << ", " << target << ": " << message.substr(0, 300) << '\n';
    return "no";
  }
}

// Its difference alone: the time would be that of starting Python.
std::string onnx_runtime_cell(const Network& network, const fs::path& file) {
  if (!deploy_tests::OnnxRuntime::python()) return "not run";
  const double difference = deploy_tests::difference(deploy_tests::OnnxRuntime(file), network);
  all_close = all_close && difference < 1e-4;
  char text[32];
  std::snprintf(text, sizeof text, "%.0e", difference);
  return text;
}

void print(const Network& network) {
  const TemporaryFolder folder;
  network.fold();
  const auto traced = network.traced();
  const auto onnx = folder / "net.onnx", half = folder / "half.onnx", script = folder / "net.pt", lite = folder / "net.ptl";
  std::cout << "| `" << network.name << "` | " << cell(network, "TorchScript", script, [&] {
    scriba::deploy::save_torchscript(script, scriba::deploy::frozen(traced));
    return any<scriba::engine::TorchScript>(script);
  });
  std::cout << " | " << cell(network, "LibTorch-Lite", lite, [&] {
    scriba::deploy::save_mobile(lite, traced);
    return any<scriba::engine::TorchScript>(lite, scriba::engine::TorchScriptOptions{.lite = true});
  });
  std::cout << " | " << cell(network, "OpenVINO", onnx, [&] {
    scriba::deploy::write_onnx(onnx, traced);
    return any<scriba::engine::OpenVino>(onnx);
  });
  std::cout << " | " << onnx_runtime_cell(network, onnx);
  std::cout << " | " << cell(network, "OpenVINO, half", half, [&] {
    scriba::deploy::write_onnx(half, traced, {.half_weights = true});
    return any<scriba::engine::OpenVino>(half);
  });
  std::cout << " | " << cell(network, "OpenCV dnn", onnx, [&] { return any<scriba::engine::OpenCvDnn>(onnx); });
  std::cout << " |\n" << std::flush;
}

void print_header(const char* kind) {
  std::cout << "| " << kind
            << " | TorchScript | LibTorch-Lite | ONNX, OpenVINO | ONNX, ONNX Runtime | ONNX float16, OpenVINO | ONNX, OpenCV dnn "
               "|\n|-|-|-|-|-|-|-|\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string part = argc > 1 ? argv[1] : "";
  torch::set_num_threads(2);
  std::cout
      << "# Deployment matrix\n\n"
         "What each detector and recogniser of the zoo becomes outside the library. `bench_deployment_matrix` tries everything and prints "
         "this page.\n\n"
         "Networks have random weights, batch norms that fit them, and are folded. Each is recorded for one image of one size, written, "
         "opened again, and run on two images of another size, seven images of a third and one of a fourth.\n\n"
         "A cell has the largest difference from the network, as a part of the distance between its largest and its smallest value, and "
         "the size of the file, and the time of the last run, the median of three on two threads; \"no\" where the engine does not read "
         "the file "
         "or gives something else.\n\n"
         "Deformable convolutions are written by GridSample, which OpenCV 4.6, Debian's, does not know.\n\n"
         "LibTorch "
      << TORCH_VERSION << ", OpenVINO " SCRIBA_OPENVINO_VERSION ", OpenCV " CV_VERSION
      << ". ONNX Runtime runs where SCRIBA_PYTHON names a Python with onnxruntime, onnx and numpy. ncnn, for phones: "
         "[Deploy a network](tutorials/deploy.md#phones). TensorRT needs a GPU and was not run.\n\n"
         "## Detectors\n\n";
  print_header("detector");
  for (const auto& name : scriba::zoo::trainable_detector_names())
    if (name.find(part) != std::string::npos) print(deploy_tests::detector(name));
  std::cout << "\n## Recognisers\n\n";
  print_header("recogniser");
  for (const auto& name : scriba::zoo::trainable_recognizer_names())
    if (name.find(part) != std::string::npos) print(deploy_tests::recognizer(name));
  if (!all_close) std::cerr << "differences beyond 1e-4\n";
  return all_close ? 0 : 1;
}
