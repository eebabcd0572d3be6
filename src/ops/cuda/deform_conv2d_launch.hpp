// Starts the functors of kernel/deform_sample.hpp on a GPU. No torch header here, so that nvcc compiles in seconds.
#pragma once

#include <cstdint>

#include <cuda_runtime_api.h>

#include <scriba/kernel/deform_sample.hpp>

namespace scriba::cuda {

/// Adds among threads.
struct AtomicAdd {
#ifdef __CUDACC__
  template <class T>
  __device__ void operator()(T* sum, T value) const {
    atomicAdd(sum, value);
  }
#endif
};

/// Each for `count` positions from `functor.first` on, all pointers on the current device. T: float or double. Returns what the launch
/// returned; what goes wrong later shows at the stream's next synchronisation.
template <class T>
cudaError_t launch(const kernel::DeformSample<T>& functor, std::int64_t count, cudaStream_t stream);
template <class T>
cudaError_t launch(const kernel::DeformInputGradient<T, AtomicAdd>& functor, std::int64_t count, cudaStream_t stream);
template <class T>
cudaError_t launch(const kernel::DeformOffsetGradient<T>& functor, std::int64_t count, cudaStream_t stream);

}  // namespace scriba::cuda
