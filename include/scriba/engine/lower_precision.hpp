#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <torch/csrc/jit/api/module.h>

/// Recorded networks in lower precision, for engines that take the precision of each step from the network itself, as TensorRT 11 does.
/// All functions leave `module` as it is. They want a `forward` of one batch, without branches: what deploy::trace records.
namespace scriba::engine {

/// Images that show what values go through a network, for 8-bit numbers. A few hundred of those that it will see are enough.
struct Calibration {
  /// Batch i as the network takes it, [N, C, H, W] float32; nothing after the last one. Asked for every batch twice.
  std::function<std::optional<at::Tensor>(std::size_t)> batch = {};
  std::size_t most_batches = 64;  ///< later ones are not asked for
  /// What the images are, "receipts 2026-10" for example: ranges found with them are kept in the cache under this name. Empty: not kept.
  std::string name = {};
};

/// The network in float16: weights, numbers inside the graph, and whatever it makes tensors of. Takes and gives float16.
torch::jit::Module in_float16(const torch::jit::Module& module);

/// For each tensor that goes into convolutions, in the order of the graph: the magnitude at which 8-bit numbers end. Chosen for the
/// smallest mean square error over all values that the calibration shows: rounding below that magnitude, cutting off above it. The network
/// runs on `device`, and keeps one histogram for each tensor. Throws Error for a calibration without batches, a batch that the network does
/// not take, and values that are not finite.
std::vector<double> calibrated_ranges(const torch::jit::Module& module, const Calibration& calibration, at::Device device = at::kCPU);

/// The network with 8-bit convolutions: what goes into each is rounded to 255 steps of equal size between -range and range, and its weights
/// to as many for each output channel (R. Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference", 2018). The
/// graph says so by `fake_quantize` operators, which TensorRT reads as "compute in 8 bits", and LibTorch computes as they are: its results
/// show what 8 bits cost. Transposed convolutions and all other layers stay as they are. `ranges`: of calibrated_ranges for the same
/// network. Throws Error when their number is another.
torch::jit::Module in_int8(const torch::jit::Module& module, const std::vector<double>& ranges);

namespace detail {
/// The range with the smallest error. `counts[i]`: values whose magnitude is between i and i + 1 parts of `largest`, cut into as many parts
/// as there are counts.
double best_range(const std::vector<double>& counts, double largest);
}  // namespace detail

}  // namespace scriba::engine
