#include <scriba/nn/upsample.hpp>

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("upsample_nearest repeats values; a factor below 1 takes every n-th") {
  const auto map = at::arange(6, at::kDouble).reshape({1, 1, 2, 3});
  const auto twice = nn::upsample_nearest(map, 2);
  CHECK(twice.equal(map.repeat_interleave(2, 2).repeat_interleave(2, 3)));
  CHECK(nn::upsample_nearest(twice, 0.5).equal(map));
  CHECK(nn::upsample_nearest(map, 1).equal(map));
}

TEST_CASE("upsample_nearest_like takes the value at the same share of the way, whatever the two sizes") {
  const auto map = at::arange(6, at::kDouble).reshape({1, 1, 2, 3});
  const auto up = nn::upsample_nearest_like(map, at::zeros({1, 4, 5, 7}));
  REQUIRE(up.sizes() == at::IntArrayRef({1, 1, 5, 7}));
  // Row 3 of 5 is at 3 / 5 of 2 rows, in row 1; column 4 of 7 at 4 / 7 of 3 columns, in column 1.
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 7; ++x) CHECK(up[0][0][y][x].item<double>() == 3 * (y * 2 / 5) + x * 3 / 7);
  CHECK(nn::upsample_nearest_like(map, at::zeros({1, 1, 4, 6})).equal(nn::upsample_nearest(map, 2)));
}

TEST_CASE("a graph of upsample_nearest_like works at sizes that it was not traced at") {
  const auto make = [](std::int64_t height, std::int64_t width) {
    return torch::jit::Stack{at::rand({1, 2, height / 4, width / 4}), at::rand({1, 1, height, width})};
  };
  const auto traced = torch::jit::tracer::trace(
      make(9, 12), [](torch::jit::Stack in) { return torch::jit::Stack{nn::upsample_nearest_like(in[0].toTensor(), in[1].toTensor())}; },
      [](const torch::autograd::Variable&) { return ""; });
  torch::jit::GraphExecutor executor(traced.first->graph, "upsample");
  for (const auto& [height, width] : {std::pair{9, 12}, std::pair{23, 7}}) {
    auto stack = make(height, width);
    const auto expected = nn::upsample_nearest_like(stack[0].toTensor(), stack[1].toTensor());
    executor.run(stack);
    CHECK(stack.at(0).toTensor().equal(expected));
  }
}
