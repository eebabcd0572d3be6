// Every detector and recogniser of the zoo in every form, in every engine that reads it.
#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include <opencv2/core/version.hpp>

#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/engine/torchscript.hpp>
#include "deploy/networks.hpp"
#include "deploy/onnx_runtime.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using deploy_tests::Network;
using deploy_tests::OnnxRuntime;

namespace {

using Names = std::set<std::string>;

// `lacks`: what Debian's OpenCV does not run, or computes wrong.
void check_opencv(const Network& network, const std::filesystem::path& file, const Names& lacks) {
  const bool debian = std::string(CV_VERSION).starts_with("4.6.");  // others may know more, or less
  try {
    const double apart = difference(engine::OpenCvDnn(file), network);
    if (!lacks.contains(network.name)) CHECK(apart < 1e-4);
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK_MESSAGE(message.find("does not run this network") != std::string::npos, message);
    if (debian) CHECK_MESSAGE(lacks.contains(network.name), message);
  }
}

// Sizes that it was not recorded at, in batches of 2, 7 and 1.
void check(Network network, const Names& opencv_lacks) {
  CAPTURE(network.name);
  network.fold();
  const TemporaryFolder folder;
  const auto traced = network.traced();
  for (const auto axis : {0, 3}) CHECK(traced.input.dims[static_cast<std::size_t>(axis)] == -1);
  const auto file = folder / "net.onnx", script = folder / "net.pt", lite = folder / "net.ptl";
  deploy::write_onnx(file, traced);
  deploy::save_torchscript(script, deploy::frozen(traced));
  deploy::save_mobile(lite, traced);
  CHECK(difference(engine::TorchScript(script), network) < 1e-4);
  CHECK(difference(engine::TorchScript(lite, {.lite = true}), network) < 1e-4);
  if (engine::OpenVino::available()) CHECK(difference(engine::OpenVino(file), network) < 1e-4);
  network.unseen.resize(1);  // others take long
  if (OnnxRuntime::python()) CHECK(difference(OnnxRuntime(file), network) < 1e-4);
  if (engine::OpenCvDnn::available()) check_opencv(network, file, opencv_lacks);
}

}  // namespace

TEST_CASE("every detector") {
  const Names grid_sample{"db-resnet18-dcn", "db-resnet50-dcn"};
  for (const auto& name : zoo::trainable_detector_names()) check(deploy_tests::detector(name), grid_sample);
}

TEST_CASE("every recogniser") {
  if (!OnnxRuntime::python()) MESSAGE("ONNX Runtime skipped: SCRIBA_PYTHON names no Python with onnxruntime, onnx and numpy");
  const Names attention{"fc-resnet50", "svtr-mobilenet-v3-small", "pp-ocr-v6", "pp-ocr-v4"};
  auto lacks = attention;
  lacks.insert("crnn-mobilenet-v3-old");  // depthwise convolutions of 5 x 5 on maps of few rows are wrong
  for (const auto& name : zoo::trainable_recognizer_names()) check(deploy_tests::recognizer(name), lacks);
}

TEST_CASE("an engine that gives no numbers is not taken for one that is right") {
  struct Broken {
    NamedTensors run(const at::Tensor& batch) const { return {{"probability", torch::full({batch.size(0), 1}, NAN)}}; }
  };
  Network network;
  network.forward = [](const at::Tensor& batch) -> NamedTensors { return {{"probability", torch::rand({batch.size(0), 1})}}; };
  network.unseen = {{2, 3, 8, 8}, {3, 3, 8, 8}};
  CHECK(!(difference(Broken(), network) < 1e-4));
}
