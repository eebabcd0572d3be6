// Reading and writing a checkpoint of the size of a ResNet-50 detector (160 tensors, 100 MB), against LibTorch's own
// torch::pickle_load and torch::pickle_save, which read and write a plain dict and check nothing.
// Prints JSON: seconds, median of several runs, file in the page cache.
#include <scriba/io/torch_file.hpp>

#include <torch/csrc/jit/serialization/pickle.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

namespace {

constexpr int kRuns = 7, kTensors = 160;
constexpr std::int64_t kElements = 25'000'000 / kTensors;

template <class Action>
double median_seconds(Action&& action) {
  std::vector<double> seconds;
  for (int run = 0; run <= kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    action();
    if (run > 0) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());  // the first warms up
  }
  std::nth_element(seconds.begin(), seconds.begin() + kRuns / 2, seconds.end());
  return seconds[kRuns / 2];
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "scriba_bench_load_weights";
  std::filesystem::create_directories(folder);
  const auto ours = folder / "ours.pt", theirs = folder / "theirs.pt";

  scriba::io::StateDict weights;
  c10::Dict<std::string, at::Tensor> dict;
  for (int i = 0; i < kTensors; ++i) {
    const auto name = "backbone.layer" + std::to_string(i) + ".weight";
    weights.add(name, torch::rand({kElements}));
    dict.insert(name, weights.at(name));
  }

  const double write = median_seconds([&] { scriba::io::write_torch_file(ours, weights, {}); });
  const double reference_write = median_seconds([&] {
    const auto bytes = torch::jit::pickle_save(dict);
    std::ofstream(theirs, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  });
  const double read = median_seconds([&] { scriba::io::read_state_dict(ours); });
  const double reference_read = median_seconds([&] {
    std::ifstream file(theirs, std::ios::binary);
    std::vector<char> bytes(std::filesystem::file_size(theirs));
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    torch::jit::pickle_load(bytes);
  });

  std::cout << nlohmann::json{{"bench", "load_weights"}, {"megabytes", std::filesystem::file_size(ours) / 1'000'000},
                              {"read_seconds", read},    {"pickle_load_seconds", reference_read},
                              {"write_seconds", write},  {"pickle_save_seconds", reference_write}}
                   .dump(2)
            << '\n';
  std::filesystem::remove_all(folder);
}
