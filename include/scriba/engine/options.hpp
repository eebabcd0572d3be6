#pragma once

namespace scriba::engine {

/// What runs a network.
enum class Kind {
  automatic,  ///< the fastest that this build has for what is given, see engine::open() and deploy::run_by()
  libtorch,   ///< a composed model as it is, or a TorchScript file
  openvino,   ///< ONNX, on the CPU
  opencv      ///< ONNX, by OpenCV's dnn module, on the CPU
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

/// Which engine, and how it works.
struct Choice {
  Kind kind = Kind::automatic;
  OpenVinoOptions openvino = {};
  OpenCvDnnOptions opencv = {};
};

}  // namespace scriba::engine
