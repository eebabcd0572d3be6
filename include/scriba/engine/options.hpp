#pragma once

#include <filesystem>

namespace scriba::engine {

/// What runs a network.
enum class Kind {
  automatic,  ///< of files the fastest that this build has, see engine::open(); of trained networks LibTorch, which starts at once
  libtorch,   ///< a composed model as it is, or a TorchScript file
  openvino,   ///< ONNX, on the CPU
  opencv,     ///< ONNX, by OpenCV's dnn module, on the CPU
  tensorrt    ///< TorchScript, on an NVIDIA GPU
};

/// Arithmetic of an engine. `fastest` lets it use bfloat16 where the processor has instructions for it.
enum class Precision { float32, fastest };

struct OpenVinoOptions {
  int threads = 0;                           ///< cores for one run; 0: as many as the machine has
  int streams = 1;                           ///< runs at once, each with threads / streams cores
  Precision precision = Precision::float32;  ///< results of `fastest` differ by about 1e-2
  bool best_class = false;                   ///< see OpenVino
};

struct OpenCvDnnOptions {
  int sizes = 8;  ///< sizes of input whose prepared networks are kept; each has its own copy of the weights
};

/// What TensorRT computes in. float32 has the range of that type, but the GPU's tensor cores may round products to 10 bits (TF32).
enum class TensorRtPrecision {
  float32,
  float16,
  int8,  ///< convolutions, see in_int8; the rest in float32. Needs a calibration.
};

/// What can be chosen of engine::TensorRt without its header; int8 needs that.
struct TensorRtChoice {
  TensorRtPrecision precision = TensorRtPrecision::float32;
  std::filesystem::path cache = {};  ///< folder for compiled networks: compiling takes minutes. Empty: none is kept
  int device = 0;                    ///< which GPU
};

/// Which engine, and how it works.
struct Choice {
  Kind kind = Kind::automatic;
  OpenVinoOptions openvino = {};
  OpenCvDnnOptions opencv = {};
  TensorRtChoice tensorrt = {};
};

}  // namespace scriba::engine
