#pragma once

namespace scriba::engine {

/// Arithmetic of an engine. `fastest` lets it use bfloat16 where the processor has instructions for it.
enum class Precision { float32, fastest };

struct OpenVinoOptions {
  int threads = 0;                           ///< cores for one run; 0: as many as the machine has
  int streams = 1;                           ///< runs at once, each with threads / streams cores
  Precision precision = Precision::float32;  ///< results of `fastest` differ by about 1e-2
  bool best_class = false;                   ///< see OpenVino
};

}  // namespace scriba::engine
