// Modulated deformable convolution of the sizes that it has in stages 2 to 4 of a ResNet-18 on an image of 736 x 1280: forward, and with
// gradients of everything. The reference is the published algorithm, written straightforwardly: planes, every channel works out its own
// interpolation weights, columns of a whole image, one matrix product. A convolution of the same size is timed, too.
//
//     bench_deform_conv [--shrink 1] [--threads 2]        # sides divided by `shrink`
//
// Prints JSON: milliseconds, median of several runs; `difference` is the largest between the two results.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include <scriba/nn/deform_conv.hpp>
#include "measure.hpp"

namespace {

constexpr std::int64_t kTaps = 9;

float at_place(const float* plane, std::int64_t height, std::int64_t width, float y, float x) {
  if (y <= -1 || y >= static_cast<float>(height) || x <= -1 || x >= static_cast<float>(width)) return 0;
  const auto top = static_cast<std::int64_t>(std::floor(y)), left = static_cast<std::int64_t>(std::floor(x));
  const float down = y - std::floor(y), right = x - std::floor(x);
  const auto pixel = [&](std::int64_t row, std::int64_t column) {
    return row < 0 || row >= height || column < 0 || column >= width ? 0.f : plane[row * width + column];
  };
  return (1 - down) * ((1 - right) * pixel(top, left) + right * pixel(top, left + 1)) +
         down * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1));
}

at::Tensor plain(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& offset, const at::Tensor& mask) {
  const auto channels = x.size(1), height = x.size(2), width = x.size(3), pixels = height * width;
  auto columns = at::empty({channels * kTaps, pixels});
  auto* out = columns.mutable_data_ptr<float>();
  const auto *image = x.const_data_ptr<float>(), *shift = offset.const_data_ptr<float>(), *factor = mask.const_data_ptr<float>();
  at::parallel_for(0, channels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto c = begin; c < end; ++c)
      for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t tap = 0; tap < kTaps; ++tap) {
          const auto y = static_cast<float>(p / width - 1 + tap / 3) + shift[2 * tap * pixels + p];
          const auto column = static_cast<float>(p % width - 1 + tap % 3) + shift[(2 * tap + 1) * pixels + p];
          out[(c * kTaps + tap) * pixels + p] = factor[tap * pixels + p] * at_place(image + c * pixels, height, width, y, column);
        }
  });
  return at::mm(weight.view({weight.size(0), -1}), columns).view({1, -1, height, width});
}

nlohmann::json measured(std::int64_t channels, std::int64_t height, std::int64_t width) {
  const auto x = torch::randn({1, channels, height, width}), weight = torch::randn({channels, channels, 3, 3});
  const auto offset = torch::randn({1, 2 * kTaps, height, width}), mask = torch::rand({1, kTaps, height, width});
  const auto last = [](const at::Tensor& tensor) { return tensor.contiguous(at::MemoryFormat::ChannelsLast); };
  const auto x_last = last(x), weight_last = last(weight), offset_last = last(offset), mask_last = last(mask);
  const auto ours = [&] { return scriba::nn::deform_conv2d(x_last, weight_last, offset_last, mask_last, {}, {.padding = {1, 1}}); };
  nlohmann::json out{{"channels", channels}, {"height", height}, {"width", width}};
  {
    const at::NoGradGuard no_gradients;
    out["difference"] = (ours() - plain(x, weight, offset, mask)).abs().max().item<double>();
    out["plain_ms"] = bench::median_ms([&] { plain(x, weight, offset, mask); });
    out["ours_ms"] = bench::median_ms(ours);
    out["convolution_ms"] = bench::median_ms([&] { at::conv2d(x_last, weight_last, {}, 1, 1); });
  }
  for (const auto* tensor : {&x_last, &weight_last, &offset_last, &mask_last}) tensor->requires_grad_();
  out["ours_with_gradients_ms"] = bench::median_ms([&] { ours().sum().backward(); });
  out["convolution_with_gradients_ms"] = bench::median_ms([&] { at::conv2d(x_last, weight_last, {}, 1, 1).sum().backward(); });
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options{{"--shrink", "1"}, {"--threads", "2"}};
  for (int i = 1; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) {
      std::cerr << "usage: bench_deform_conv [--shrink N] [--threads N]\n";
      return 2;
    }
    options[argv[i]] = argv[i + 1];
  }
  try {
    torch::manual_seed(1);
    torch::set_num_threads(std::stoi(options["--threads"]));
    const auto shrink = std::max(1, std::stoi(options["--shrink"]));
    nlohmann::json out{{"bench", "deform_conv"}, {"threads", torch::get_num_threads()}, {"sizes", nlohmann::json::array()}};
    for (const std::int64_t stride : {8, 16, 32})
      out["sizes"].push_back(
          measured(16 * stride, std::max<std::int64_t>(1, 736 / stride / shrink), std::max<std::int64_t>(1, 1280 / stride / shrink)));
    std::cout << out.dump(2) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_deform_conv: " << error.what() << '\n';
    return 2;
  }
}
