#pragma once

#include <filesystem>

#include <scriba/deploy/trace.hpp>

namespace scriba::deploy {

struct OnnxOptions {
  bool half_weights = false;  ///< weights in float16, half the file; networks still compute in float32
  /// Deformable convolutions as the operator DeformConv of operator set 19, which OpenVINO 2026.4 does not know. Else by GridSample and a
  /// convolution, which give the same.
  bool deform_conv = false;
};

/// Writes a traced network as an ONNX file: operator set 17 (with `deform_conv` 19). The file passes ONNX's own model checker, and
/// appears whole or not at all.
///
/// The input is called `image`, with open sizes where the trace was proved at others; outputs have the names of the head's fields;
/// initialisers those of the state_dict (an LSTM's are joined: `MODULE.onnx_W_l0`, ..R.., ..B..); nodes are named after modules;
/// `traced.metadata` become the file's. Throws Error for an operation that has no ONNX form here, naming it and its module, and when the
/// file cannot be written.
void write_onnx(const std::filesystem::path& path, const Traced& traced, const OnnxOptions& options = {});

}  // namespace scriba::deploy
