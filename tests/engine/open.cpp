#include <doctest/doctest.h>

#include <string>

#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/open.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using engine::Kind;

TEST_CASE("a file is opened by the engine that is asked for, or by the one that suits it") {
  const TemporaryFolder folder;
  const auto network = deploy_tests::recognizer("crnn-mobilenet-v3-small");
  auto traced = network.traced();
  traced.metadata["scriba.architecture"] = network.name;
  const auto onnx = folder / "net.onnx", script = folder / "net.pt", lite = folder / "net.ptl";
  deploy::write_onnx(onnx, traced);
  deploy::save_torchscript(script, traced);
  deploy::save_mobile(lite, traced);

  const auto check = [&](const std::filesystem::path& file, Kind kind, const std::string& name) {
    const auto opened = engine::open(file, {.kind = kind});
    CHECK(opened.engine.name() == name);
    CHECK(opened.metadata.at("scriba.architecture") == network.name);
    CHECK(difference(opened.engine, network) < 1e-4);
  };
  check(script, Kind::automatic, "TorchScript");
  check(script, Kind::libtorch, "TorchScript");
  check(lite, Kind::automatic, "LibTorch-Lite");
  if (engine::OpenVino::available()) {
    check(onnx, Kind::automatic, "OpenVINO");
    check(onnx, Kind::openvino, "OpenVINO");
    CHECK(engine::open(onnx).classes == 37);
  }
  CHECK(message([&] { engine::open(onnx, {.kind = Kind::libtorch}); }) ==
        "LibTorch runs TorchScript files only: " + onnx.string() + ": got an ONNX file");
  CHECK(message([&] { engine::open(script, {.kind = Kind::openvino}); }) ==
        "OpenVINO runs ONNX files only: " + script.string() + ": got a file of LibTorch");
  CHECK(message([&] { engine::open(lite, {.kind = Kind::opencv}); }) ==
        "OpenCV dnn runs ONNX files only: " + lite.string() + ": got a file of LibTorch");
}
