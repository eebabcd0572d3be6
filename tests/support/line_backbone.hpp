#pragma once
// What every backbone for text lines has to hold besides what backbones hold anyway.

#include "support/backbone.hpp"
#include "support/parts.hpp"

namespace backbone_check {

/// One row of `B::out`'s channels, as many frames as stated for each width, for grey and for colour images.
template <scriba::Backbone B>
void frames(std::int64_t rows, const std::vector<std::pair<std::int64_t, std::int64_t>>& frames_of_width) {
  static_assert(B::out.is_sequence());
  const torch::NoGradGuard no_gradients;
  for (const std::int64_t planes : {1, 3}) {
    const auto backbone = B::make({.planes = planes});
    backbone->eval();
    for (const auto& [width, frames] : frames_of_width) {
      INFO(planes, " planes, ", width, " columns");
      const auto maps = backbone->forward(at::zeros({2, planes, rows, width}));
      REQUIRE(maps.size() == 1);
      CHECK(maps[0].sizes() == at::IntArrayRef{2, B::out[0].channels, 1, frames});
    }
  }
}

/// Training, copies, fold, and a graph traced for one line of one width that reads several of another.
template <scriba::Backbone B>
void line(std::int64_t rows = 32) {
  const std::int64_t planes = typename B::Options().planes;
  const auto backbone = B::make();
  training_step(*backbone, {2, planes, rows, 32});
  copies(*backbone, {2, planes, rows, 32});
  fold(*backbone, {2, planes, rows, 32});
  const auto images = [&](std::int64_t count, std::int64_t width) {
    return scriba::Features{at::randn({count, planes, rows, width}, at::kDouble)};
  };
  part_check::traces(
      *backbone, [&](const scriba::Features& in) { return backbone->forward(in[0]); }, images(1, 32), images(3, 44));
}

}  // namespace backbone_check
