#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include <scriba/engine/options.hpp>
#include <scriba/nn/named_output.hpp>

namespace scriba::engine {

/// Runs an ONNX file by OpenCV's dnn module, on as many cores as cv::setNumThreads allows.
///
/// In: float32 on the CPU, [N, C, H, W]. Out: float32 tensors under the file's output names.
/// The module prepares a network for one size; `OpenCvDnnOptions::sizes` of them are kept, the ones that were used last. A batch that it
/// cannot run is run image by image. It knows fewer operators than the other engines, and gets some wrong: docs/deployment_matrix.md tells
/// which networks it runs; try others with compare_engines.
/// Throws Error when the file cannot be read, when it does not take the batch, and when this build's OpenCV has no dnn module;
/// std::bad_alloc when memory is short.
class OpenCvDnn {
 public:
  explicit OpenCvDnn(const std::filesystem::path& onnx_file, OpenCvDnnOptions options = {});

  /// Safe to call from several threads at once: they wait for each other, since one run uses all cores.
  NamedTensors run(const at::Tensor& batch) const;

  std::string name() const { return "OpenCV dnn"; }

  /// True when this build can run it.
  static bool available();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace scriba::engine
