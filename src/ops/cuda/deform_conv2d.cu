#include "deform_conv2d_launch.hpp"

#include <algorithm>

namespace scriba::cuda {

namespace {

// A thread for each channel of each tap of each position, channels side by side.
template <class Functor>
struct EachChannel {
  Functor functor;
  __device__ void operator()(std::int64_t i) const {
    const auto channel = i % functor.sizes.channels, place = i / functor.sizes.channels;
    functor(functor.first + place / functor.sizes.taps(), place % functor.sizes.taps(), channel, channel + 1);
  }
};

// A thread for each tap and offset group of each position.
template <class Functor>
struct EachPlace {
  Functor functor;
  __device__ void operator()(std::int64_t i) const {
    const auto group = i % functor.sizes.offset_groups, place = i / functor.sizes.offset_groups;
    functor(functor.first + place / functor.sizes.taps(), place % functor.sizes.taps(), group);
  }
};

template <class Work>
__global__ void each(std::int64_t count, Work work) {
  const auto step = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (auto i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) work(i);
}

template <class Work>
cudaError_t start(std::int64_t count, const Work& work, cudaStream_t stream) {
  if (count <= 0) return cudaSuccess;
  constexpr int kThreads = 256;
  constexpr std::int64_t kMostBlocks = 1 << 16;
  const auto blocks = static_cast<unsigned>(std::min(kMostBlocks, (count + kThreads - 1) / kThreads));
  each<<<blocks, kThreads, 0, stream>>>(count, work);
  return cudaGetLastError();
}

}  // namespace

template <class T>
cudaError_t launch(const kernel::DeformSample<T>& functor, std::int64_t count, cudaStream_t stream) {
  return start(count * functor.sizes.taps() * functor.sizes.channels, EachChannel<kernel::DeformSample<T>>{functor}, stream);
}

template <class T>
cudaError_t launch(const kernel::DeformInputGradient<T, AtomicAdd>& functor, std::int64_t count, cudaStream_t stream) {
  using Functor = kernel::DeformInputGradient<T, AtomicAdd>;
  return start(count * functor.sizes.taps() * functor.sizes.channels, EachChannel<Functor>{functor}, stream);
}

template <class T>
cudaError_t launch(const kernel::DeformOffsetGradient<T>& functor, std::int64_t count, cudaStream_t stream) {
  using Functor = kernel::DeformOffsetGradient<T>;
  return start(count * functor.sizes.taps() * functor.sizes.offset_groups, EachPlace<Functor>{functor}, stream);
}

template cudaError_t launch(const kernel::DeformSample<float>&, std::int64_t, cudaStream_t);
template cudaError_t launch(const kernel::DeformSample<double>&, std::int64_t, cudaStream_t);
template cudaError_t launch(const kernel::DeformInputGradient<float, AtomicAdd>&, std::int64_t, cudaStream_t);
template cudaError_t launch(const kernel::DeformInputGradient<double, AtomicAdd>&, std::int64_t, cudaStream_t);
template cudaError_t launch(const kernel::DeformOffsetGradient<float>&, std::int64_t, cudaStream_t);
template cudaError_t launch(const kernel::DeformOffsetGradient<double>&, std::int64_t, cudaStream_t);

}  // namespace scriba::cuda
