#include <scriba/engine/open.hpp>

#include <memory>

#include <scriba/core/error.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/engine/torchscript.hpp>
#include <scriba/io/onnx_weights.hpp>

namespace scriba::engine {
namespace {

Any onnx_engine(const std::filesystem::path& file, const Choice& choice) {
  switch (choice.kind) {
    case Kind::libtorch:
      throw Error({.what = "LibTorch runs TorchScript files only", .where = file.string(), .got = "an ONNX file"});
    case Kind::opencv:
      return Any(std::make_shared<const OpenCvDnn>(file, choice.opencv));
    case Kind::automatic:
      if (!OpenVino::available()) return Any(std::make_shared<const OpenCvDnn>(file, choice.opencv));
      [[fallthrough]];
    case Kind::openvino:
      break;
  }
  return Any(std::make_shared<const OpenVino>(file, choice.openvino));
}

Opened open_onnx(const std::filesystem::path& file, const Choice& choice) {
  const auto onnx = io::read_onnx(file);
  std::optional<std::int64_t> classes;
  if (!onnx.outputs.empty() && onnx.outputs[0].dims.size() == 3 && onnx.outputs[0].dims[2] >= 0) classes = onnx.outputs[0].dims[2];
  return {onnx_engine(file, choice), onnx.metadata, classes};
}

}  // namespace

Opened open(const std::filesystem::path& file, const Choice& choice) {
  if (file.extension() == ".onnx") return open_onnx(file, choice);
  if (choice.kind == Kind::openvino || choice.kind == Kind::opencv)
    throw Error({.what = std::string(choice.kind == Kind::openvino ? "OpenVINO" : "OpenCV dnn") + " runs ONNX files only",
                 .where = file.string(),
                 .got = "a file of LibTorch"});
  const auto engine = std::make_shared<const TorchScript>(file, TorchScriptOptions{.lite = file.extension() == ".ptl"});
  return {Any(engine), engine->metadata(), {}};
}

}  // namespace scriba::engine
