#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include <scriba/engine/lower_precision.hpp>
#include <scriba/nn/named_output.hpp>

namespace scriba::engine {

/// What TensorRT computes in. float32 has the range of that type, but the GPU's tensor cores may round products to 10 bits (TF32).
enum class TensorRtPrecision {
  float32,
  float16,
  int8,  ///< convolutions, see in_int8; the rest in float32. Needs a calibration.
};

/// Sizes [N, C, H, W] that a compiled network takes. It is fastest at `usual`; memory is set aside for `largest`.
struct SizeProfile {
  std::array<std::int64_t, 4> smallest{}, usual{}, largest{};
};

struct TensorRtOptions {
  TensorRtPrecision precision = TensorRtPrecision::float32;
  std::optional<SizeProfile> sizes = {};  ///< none: usual_sizes of what the file says about itself
  Calibration calibration = {};           ///< int8 only
  /// Folder for compiled networks: compiling takes minutes. Empty: none is kept. Its files are programs, as TorchScript files are.
  std::filesystem::path cache = {};
  std::int64_t workspace = 0;  ///< bytes of GPU memory for intermediate results, at most; 0: TensorRT's own limit
  int device = 0;              ///< which GPU
};

/// Runs a TorchScript file (deploy::save_torchscript) on an NVIDIA GPU by TensorRT, through Torch-TensorRT. Parts that TensorRT
/// has no layers for are run by LibTorch on the same GPU.
///
/// In: what Engine says, of a size within the profile. Out: float32 on the CPU under the names that the file gives.
/// Constructing compiles, or takes the compiled network from the cache: one for the same file, GPU, versions and options.
/// TorchScript files are programs: open only those that you trust.
/// Throws Error for bad options, a file that cannot be read, a machine without such a GPU, a network that cannot be compiled, and a batch
/// that does not fit; and when this build has no TensorRT.
class TensorRt {
 public:
  explicit TensorRt(const std::filesystem::path& file, TensorRtOptions options = {});

  /// Safe to call from several threads at once: they wait for each other.
  NamedTensors run(const at::Tensor& batch) const;

  std::string name() const { return "TensorRT"; }

  /// What was stored with the module: see deploy::Metadata. Empty for a file of another project.
  const std::map<std::string, std::string>& metadata() const;

  /// True when this build can run it, given a GPU.
  static bool available();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace scriba::engine
