// Every detector and recogniser of the zoo as ONNX, in every engine that reads it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using deploy_tests::Network;

namespace {

// ONNX Runtime, in a Python of the environment's SCRIBA_PYTHON that has onnxruntime and numpy.
class OnnxRuntime {
 public:
  explicit OnnxRuntime(std::filesystem::path file) : file_(std::move(file)) {}

  static const char* python() { return std::getenv("SCRIBA_PYTHON"); }

  NamedTensors run(const at::Tensor& batch) const {
    const TemporaryFolder folder;
    const auto input = batch.contiguous();
    folder.file("input", {static_cast<const char*>(input.const_data_ptr()), static_cast<std::size_t>(input.nbytes())});
    std::string command = python();
    for (const auto& word : {std::string(SCRIBA_SOURCE "/tests/deploy/onnx_runtime.py"), file_.string(), (folder / "").string()})
      command += " \"" + word + "\"";
    for (const auto side : input.sizes()) command += " " + std::to_string(side);
    REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
    NamedTensors out;
    std::ifstream shapes(folder / "shapes");
    for (std::string line; std::getline(shapes, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      std::vector<std::int64_t> sizes;
      for (std::int64_t side; words >> side;) sizes.push_back(side);
      auto value = torch::empty(sizes);
      std::ifstream(folder / std::to_string(out.size()), std::ios::binary)
          .read(static_cast<char*>(value.mutable_data_ptr()), static_cast<std::streamsize>(value.nbytes()));
      out.push_back({name, value});
    }
    return out;
  }

 private:
  std::filesystem::path file_;
};

// One size that it was not recorded at is enough here; write_onnx.cpp has more of them, for some networks.
void check(Network network) {
  CAPTURE(network.name);
  network.unseen = {network.unseen.front()};
  network.fold();
  const TemporaryFolder folder;
  const auto file = folder / "net.onnx";
  deploy::write_onnx(file, network.traced());
  if (engine::OpenVino::available()) CHECK(difference(engine::OpenVino(file), network) < 1e-4);
  if (OnnxRuntime::python()) CHECK(difference(OnnxRuntime(file), network) < 1e-4);
  // OpenCV 4.6 computes depthwise convolutions of 5 x 5 wrong on maps of few rows.
  if (!engine::OpenCvDnn::available() || network.name == "crnn-mobilenet-v3-old") return;
  std::optional<double> by_opencv;
  try {
    by_opencv = difference(engine::OpenCvDnn(file), network);
  } catch (const Error& error) {
    // What its importer lacks depends on its version.
    CHECK(std::string(error.what()).find("does not run this network") != std::string::npos);
  }
  if (by_opencv) CHECK(*by_opencv < 1e-4);
}

}  // namespace

TEST_CASE("every detector") {
  for (const auto& name : zoo::trainable_detector_names()) check(deploy_tests::detector(name));
}

TEST_CASE("every recogniser") {
  if (!OnnxRuntime::python()) MESSAGE("ONNX Runtime skipped: SCRIBA_PYTHON names no Python with onnxruntime and numpy");
  for (const auto& name : zoo::trainable_recognizer_names()) check(deploy_tests::recognizer(name));
}
