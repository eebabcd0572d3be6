// Forward time of every detector of the zoo on one image, without pre- and post-processing: as trained with plain (contiguous) tensors,
// which is the reference, with channels_last tensors, and folded with channels_last tensors, which is how Scriba deploys it.
//
//     bench_forward_time [--height 736] [--width 1280] [--repeats 3] [--threads 2] [--model NAME]
//
// Prints JSON: milliseconds, the fastest of the repeats, which take turns; `speed_up` is reference / folded.
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include <scriba/core/error.hpp>
#include <scriba/zoo/trainable_detector.hpp>

namespace {

double milliseconds(const scriba::zoo::TrainableDetector& detector, const at::Tensor& image) {
  const auto start = std::chrono::steady_clock::now();
  detector.forward(image);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

nlohmann::json times(const std::string& name, const at::Tensor& image, int repeats) {
  const auto channels_last = image.contiguous(at::MemoryFormat::ChannelsLast);
  const auto plain = scriba::zoo::trainable_detector(name), last = scriba::zoo::trainable_detector(name),
             folded = scriba::zoo::trainable_detector(name);
  for (const auto* detector : {&plain, &last, &folded}) detector->module->eval();
  folded.fold();
  for (const auto* detector : {&last, &folded})
    for (auto& parameter : detector->module->parameters())
      if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  std::array<double, 3> best{};
  best.fill(std::numeric_limits<double>::infinity());
  for (int i = 0; i <= repeats; ++i) {
    const std::array now{milliseconds(plain, image), milliseconds(last, channels_last), milliseconds(folded, channels_last)};
    if (i > 0) std::ranges::transform(best, now, best.begin(), [](double a, double b) { return std::min(a, b); });  // the first warms up
  }
  return {
      {"model", name}, {"contiguous_ms", best[0]}, {"channels_last_ms", best[1]}, {"folded_ms", best[2]}, {"speed_up", best[0] / best[2]}};
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options{
      {"--height", "736"}, {"--width", "1280"}, {"--repeats", "3"}, {"--threads", "2"}, {"--model", ""}};
  for (int i = 1; i < argc; i += 2) {
    if (!options.contains(argv[i]) || i + 1 == argc) {
      std::cerr << "usage: bench_forward_time [--height PIXELS] [--width PIXELS] [--repeats N] [--threads N] [--model NAME]\n";
      return 2;
    }
    options[argv[i]] = argv[i + 1];
  }
  try {
    torch::manual_seed(3);
    torch::set_num_threads(std::stoi(options["--threads"]));
    const c10::InferenceMode no_gradients;
    // Multiples of the coarsest stride of all.
    const auto side = [&](const char* which) { return (std::stoi(options[which]) + 63) / 64 * 64; };
    const auto image = torch::randn({1, 3, side("--height"), side("--width")});
    nlohmann::json out{{"bench", "forward_time"}, {"height", image.size(2)}, {"width", image.size(3)}, {"models", nlohmann::json::array()}};
    for (const auto& name : scriba::zoo::trainable_detector_names())
      if (options["--model"].empty() || options["--model"] == name) {
        std::cerr << name << '\n';
        out["models"].push_back(times(name, image, std::stoi(options["--repeats"])));
      }
    std::cout << out.dump(2) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_forward_time: " << error.what() << '\n';
    return 2;
  }
}
