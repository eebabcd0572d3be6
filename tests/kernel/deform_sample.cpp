#include <scriba/kernel/deform_sample.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using namespace scriba::kernel;

namespace {

// One sample of 2 x 3 pixels with 2 channels; the value at (y, x) is 10 y + x, and 100 more in the second channel.
struct Small {
  DeformSizes sizes{.channels = 2, .height = 2, .width = 3, .out_height = 1, .out_width = 1, .kernel = {1, 1}};
  std::vector<double> input, columns{-1, -1};
  Small() {
    for (int y = 0; y < 2; ++y)
      for (int x = 0; x < 3; ++x)
        for (int c = 0; c < 2; ++c) input.push_back(10 * y + x + 100 * c);
  }
  // What the only tap, at the top left pixel, sees with this offset.
  std::vector<double> seen(double down, double right, const double* mask = nullptr) {
    const double offset[]{down, right};
    const DeformSample<double> sample{sizes, input.data(), offset, mask, columns.data(), 0};
    sample(0, 0, 0, 2);
    return columns;
  }
};

}  // namespace

TEST_CASE("a tap sees the pixel that its offset leads to, and between pixels their mean by distance") {
  Small small;
  CHECK(small.seen(0, 0) == std::vector<double>{0, 100});
  CHECK(small.seen(1, 2) == std::vector<double>{12, 112});
  CHECK(small.seen(0.5, 0.25) == std::vector<double>{5.25, 105.25});
  const double half = 0.5;
  CHECK(small.seen(1, 2, &half) == std::vector<double>{6, 56});
}

TEST_CASE("outside is 0, and fades in over one pixel") {
  Small small;
  CHECK(small.seen(-1, 0) == std::vector<double>{0, 0});
  CHECK(small.seen(-0.5, 1) == std::vector<double>{0.5, 50.5});
  CHECK(small.seen(1.5, 2) == std::vector<double>{6, 56});
  CHECK(small.seen(1.5, 2.5) == std::vector<double>{3, 28});
  CHECK(small.seen(2, 0) == std::vector<double>{0, 0});
  CHECK(small.seen(0, 3) == std::vector<double>{0, 0});
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1e300, 1e300}) {
    CHECK(small.seen(odd, 0) == std::vector<double>{0, 0});
    CHECK(small.seen(0, odd) == std::vector<double>{0, 0});
  }
}

TEST_CASE("what is not looked at does not matter, not even NaN") {
  Small small;
  small.input[2 * 2] = std::numeric_limits<double>::quiet_NaN();  // the top right pixel
  CHECK(small.seen(0.25, -0.5) == std::vector<double>{1.25, 51.25});
  CHECK(small.seen(-3, 9) == std::vector<double>{0, 0});
}

TEST_CASE("taps, strides, dilation, samples and offset groups find their places") {
  // Two samples of 4 x 5 pixels and 2 channels, each channel an offset group; a kernel of 2 x 3 with dilation 2, stride 3 across.
  const DeformSizes sizes{.channels = 2,
                          .height = 4,
                          .width = 5,
                          .out_height = 2,
                          .out_width = 2,
                          .kernel = {2, 3},
                          .stride = {1, 3},
                          .padding = {0, 1},
                          .dilation = {2, 2},
                          .offset_groups = 2};
  std::vector<float> input(2 * 4 * 5 * 2);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i + 1);
  const std::int64_t positions = 2 * 2 * 2;
  std::vector<float> offset(static_cast<std::size_t>(positions * 2 * 6 * 2)), columns(static_cast<std::size_t>(2 * 6 * 2), -1);
  // The last tap (1, 2) of the last position's second group looks one row up.
  offset[static_cast<std::size_t>(2 * sizes.offset_index(7, 1, 5))] = -1;
  const DeformSample<float> sample{sizes, input.data(), offset.data(), nullptr, columns.data(), 6};  // positions 6 and 7
  for (std::int64_t tap = 0; tap < 6; ++tap)
    for (std::int64_t c = 0; c < 2; ++c)
      for (std::int64_t position = 6; position < 8; ++position) sample(position, tap, c, c + 1);
  const auto pixel = [&](std::int64_t y, std::int64_t x, std::int64_t c) {
    return x < 0 || x >= 5 ? 0.f : input[static_cast<std::size_t>(((4 + y) * 5 + x) * 2 + c)];
  };
  for (std::int64_t column = 0; column < 2; ++column)
    for (std::int64_t tap = 0; tap < 6; ++tap)
      for (std::int64_t c = 0; c < 2; ++c) {
        const bool moved = column == 1 && tap == 5 && c == 1;
        const auto y = 1 + tap / 3 * 2 - (moved ? 1 : 0), x = column * 3 - 1 + tap % 3 * 2;
        CHECK(columns[static_cast<std::size_t>((column * 6 + tap) * 2 + c)] == pixel(y, x, c));
      }
}

TEST_CASE("the gradient of the input is the transpose of sampling") {
  Small small;
  const double offset[]{0.3, 1.6}, mask = 0.7, grad[]{2, -3};
  std::vector<double> grad_input(small.input.size());
  const DeformInputGradient<double> back{small.sizes, offset, &mask, grad, grad_input.data(), 0};
  back(0, 0, 0, 2);
  const auto seen = small.seen(offset[0], offset[1], &mask);
  double forward = 0, backward = 0;
  for (std::size_t c = 0; c < 2; ++c) forward += grad[c] * seen[c];
  for (std::size_t i = 0; i < small.input.size(); ++i) backward += grad_input[i] * small.input[i];
  CHECK(forward == doctest::Approx(backward));
  back(0, 0, 0, 2);  // is added to
  CHECK(grad_input[2] == doctest::Approx(2 * 2 * 0.7 * 0.7 * 0.4));
}

TEST_CASE("the gradient of offset and mask is that of the plane through the pixels") {
  Small small;
  const double offset[]{0.3, 1.6}, mask = 0.7, grad[]{2, -3};
  double grad_offset[2], grad_mask;
  const DeformOffsetGradient<double> back{small.sizes, small.input.data(), offset, &mask, grad, grad_offset, &grad_mask, 0};
  back(0, 0, 0);
  CHECK(grad_offset[0] == doctest::Approx(0.7 * 10 * (2 - 3)));
  CHECK(grad_offset[1] == doctest::Approx(0.7 * 1 * (2 - 3)));
  CHECK(grad_mask == doctest::Approx(2 * 4.6 - 3 * 104.6));
  const double far[]{9, 9};
  const DeformOffsetGradient<double> outside{small.sizes, small.input.data(), far, nullptr, grad, grad_offset, nullptr, 0};
  outside(0, 0, 0);
  CHECK(grad_offset[0] == 0);
  CHECK(grad_offset[1] == 0);
}
