#pragma once
// ONNX networks for importers that do not follow sizes through a graph.

#include <cstdint>
#include <vector>

#include <onnx/onnx_pb.h>

#include <scriba/io/state_dict.hpp>

namespace scriba::engine {

inline constexpr std::int64_t kLargestFoldedValue = 1 << 16;  // elements: sizes, ramps, states of zeros

/// The network for inputs of one size, [N, C, H, W] for example: what it computes from sizes is computed here and becomes initialisers.
/// `input`: which of the graph's. `tensors`: its initialisers and constants, as io::read_onnx gives them; large ones
/// are not needed. What cannot be worked out stays, and so do nodes that are damaged.
onnx::ModelProto with_fixed_size(onnx::ModelProto model, int input, const std::vector<int>& size, const io::StateDict& tensors);

}  // namespace scriba::engine
