#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include <scriba/engine/options.hpp>
#include <scriba/nn/named_output.hpp>

namespace scriba::engine {

/// Runs an ONNX file by OpenVINO.
///
/// In: float32 on the CPU, contiguous, of the file's rank. Out: float32 (or int64) tensors under the file's output names.
/// With `best_class` the last axis of the first output is reduced inside the network: it becomes `best_class` (int64) and
/// `best_probability`, and a recogniser with thousands of classes no longer writes them all out.
/// Throws Error when the file cannot be read or does not take the batch, and when this build has no OpenVINO.
class OpenVino {
 public:
  explicit OpenVino(const std::filesystem::path& onnx_file, OpenVinoOptions options = {});

  /// Safe to call from several threads at once: each call takes a request of its own.
  NamedTensors run(const at::Tensor& batch) const;

  std::string name() const { return "OpenVINO"; }

  /// True when this build can run it.
  static bool available();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace scriba::engine
