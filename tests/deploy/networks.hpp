#pragma once
// The networks of the zoo as deployment sees them, with weights that make their outputs depend on the image.

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/deploy/trace.hpp>
#include <scriba/image/normalize.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>

namespace deploy_tests {

using Sizes = std::vector<std::int64_t>;  // [N, C, H, W]

struct Network {
  std::string name;
  std::shared_ptr<torch::nn::Module> module;
  std::function<scriba::NamedTensors(const at::Tensor&)> forward;
  std::function<void()> fold;
  Sizes example;
  std::vector<Sizes> unseen;  // sizes that it takes, too

  scriba::deploy::Traced traced() const { return scriba::deploy::trace(*module, forward, torch::rand(example), unseen); }
};

/// Batch norms that fit what goes through them, and outputs that differ from place to place: fresh weights give nearly the same everywhere,
/// so that everything would be equal to anything.
inline void settle(const Network& network) {
  const torch::NoGradGuard no_gradients;
  torch::manual_seed(2);
  std::vector<torch::nn::BatchNorm2dImpl*> norms;
  for (const auto& module : network.module->modules())
    if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) norms.push_back(norm);
  for (auto* norm : norms) {
    norm->options.momentum(1);
    norm->weight.uniform_(0.3, 0.7), norm->bias.uniform_(0, 0.6);
  }
  auto size = network.unseen.back();
  size[0] = 8;
  network.module->train();
  network.forward(torch::rand(size));
  for (auto* norm : norms) norm->options.momentum(0.1);
  network.module->eval();
  // Probabilities of 0 and 1 would hide differences, and what lies between would multiply them.
  auto parameters = network.module->named_parameters();
  if (auto* last = parameters.find("head.binarize.6.weight"))
    for (int i = 0; i < 20 && network.forward(torch::rand(size))[0].value.max().item<double>() > 0.99; ++i) *last *= 0.5;
}

inline Network detector(std::string_view name) {
  const auto made = scriba::zoo::trainable_detector(name);
  const std::int64_t side = name == "db-scnet50" ? 128 : 64;  // it pools its maps by 4
  const Network network{std::string(name),  made.module,
                        made.forward,       made.fold,
                        {1, 3, side, side}, {{2, 3, side, 2 * side}, {7, 3, 2 * side, side}, {1, 3, 2 * side, 2 * side}}};
  settle(network);
  return network;
}

inline Network recognizer(std::string_view name) {
  const auto made = scriba::zoo::trainable_recognizer(name, scriba::zoo::english_alphabet());
  const std::int64_t planes = scriba::plane_count(made.input->normalization.order), height = made.input->size.height;
  const Network network{std::string(name),
                        made.module,
                        made.forward,
                        made.fold,
                        {1, planes, height, 96},
                        {{2, planes, height, 160}, {7, planes, height, 64}, {1, planes, height, 320}}};
  settle(network);
  return network;
}

/// The worse of two differences: NaN is worse than any.
inline double worse(double a, double b) { return std::isnan(a) || b <= a ? a : b; }

/// Largest difference, as a part of how far the values lie apart; NaN if there is one.
inline double difference(const scriba::NamedTensors& got, const scriba::NamedTensors& expected) {
  double largest = got.size() == expected.size() ? 0 : 1e9;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    const auto &a = got[i].value, &b = expected[i].value;
    if (got[i].name != expected[i].name || a.sizes() != b.sizes()) return 1e9;
    largest = worse(largest, (a - b).abs().max().item<double>() / (b.max() - b.min()).item<double>());
  }
  return largest;
}

/// The largest difference of an engine from the network, over the sizes that it was not traced at.
template <class E>
double difference(const E& engine, const Network& network) {
  const torch::NoGradGuard no_gradients;
  double largest = 0;
  for (const auto& size : network.unseen) {
    const auto batch = torch::rand(size);
    largest = worse(largest, difference(engine.run(batch), network.forward(batch)));
  }
  return largest;
}

}  // namespace deploy_tests
