#include <scriba/nn/upsample.hpp>

#include <torch/csrc/jit/frontend/tracer.h>

namespace scriba::nn {

at::Tensor upsample_nearest_like(const at::Tensor& map, const at::Tensor& like) {
  namespace tracer = torch::jit::tracer;
  // While a graph is recorded: the size is an operation of the graph, as it is when Python asks a tensor for its size.
  if (tracer::isTracing())
    for (int i = 0; i < 2; ++i) tracer::ArgumentStash::stashIntArrayRefElem("output_size", 2, i, tracer::getSizeOf(like, 2 + i));
  return at::upsample_nearest2d(map, like.sizes().slice(2, 2));
}

}  // namespace scriba::nn
