#include <scriba/nn/upsample.hpp>

#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("upsample_nearest repeats values; a factor below 1 takes every n-th") {
  const auto map = at::arange(6, at::kDouble).reshape({1, 1, 2, 3});
  const auto twice = nn::upsample_nearest(map, 2);
  CHECK(twice.equal(map.repeat_interleave(2, 2).repeat_interleave(2, 3)));
  CHECK(nn::upsample_nearest(twice, 0.5).equal(map));
  CHECK(nn::upsample_nearest(map, 1).equal(map));
}
