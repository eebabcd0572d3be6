#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include <scriba/nn/named_output.hpp>

namespace scriba::engine {

struct TorchScriptOptions {
  bool lite = false;  ///< read the form for LibTorch-Lite (deploy::save_mobile) and run it by its interpreter
};

/// Runs a TorchScript file by LibTorch, frozen: what deploy::save_torchscript wrote, or any module that takes [N, C, H, W] and returns a
/// tensor or a tuple of tensors.
///
/// In: what Engine says. Out: float32 on the CPU under the names that the file gives, or "0", "1", .. for a file of another project.
/// TorchScript files are programs: open only those that you trust. Throws Error when the file cannot be read or does not take the batch,
/// std::bad_alloc when memory is short.
class TorchScript {
 public:
  explicit TorchScript(const std::filesystem::path& file, TorchScriptOptions options = {});

  /// Safe to call from several threads at once; with `lite` they wait for each other.
  NamedTensors run(const at::Tensor& batch) const;

  std::string name() const;

  /// What was stored with the module: see deploy::Metadata. Empty for a file of another project.
  const std::map<std::string, std::string>& metadata() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace scriba::engine
