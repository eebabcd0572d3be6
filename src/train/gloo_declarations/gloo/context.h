#pragma once
// LibTorch's ProcessGroupGloo.hpp includes headers of Gloo, which the wheels leave out although libtorch_cpu has Gloo in it. This folder
// declares the few types that it names; it is on the include path of process_group.cpp alone. LibTorch's class holds them by pointer
// only, so its layout does not depend on what is said here, and nothing of ours calls them.
#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
