// Builds every detector of the zoo, trains it for a step, traces it, folds it and lets it predict, and prints what worked as the page
// docs/support_matrix.md. Nothing on that page is written by hand:
//
//     bench_support_matrix > docs/support_matrix.md
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/torch.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <scriba/detector.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include "zoo/two_words.hpp"

namespace {

using scriba::zoo::TrainableDetector;
constexpr int kSide = 128;

template <class Work>
std::string yes_or_no(const TrainableDetector& detector, const char* what, const Work& work) {
  try {
    if (work()) return "yes";
    std::cerr << detector.name << " " << what << ": wrong result\n";
  } catch (const std::exception& error) {
    std::cerr << detector.name << " " << what << ": " << error.what() << '\n';
  }
  return "no";
}

bool trains(const TrainableDetector& detector) {
  const std::vector drawn{zoo_tests::two_words(kSide, 90), zoo_tests::two_words(kSide, 140, 1)};
  std::vector<at::Tensor> images;
  std::vector<scriba::target::PageAnnotation> pages;
  for (const auto& page : drawn) {
    images.push_back(scriba::detector_batch(page.image, {.resize = {.side = kSide}, .normalization = detector.input->normalization}));
    pages.push_back(page.annotation);
  }
  detector.module->train();
  torch::optim::SGD optimizer(detector.module->parameters(), torch::optim::SGDOptions(1e-4));
  const auto loss = detector.loss_of(torch::cat(images), pages).total;
  loss.backward();
  optimizer.step();
  return std::isfinite(loss.item<double>()) && std::ranges::all_of(detector.module->parameters(), [](const auto& parameter) {
           return parameter.isfinite().all().template item<bool>();
         });
}

// The traced graph must give what the network gives, at the size that it was traced at and at another one.
bool traces(const TrainableDetector& detector) {
  using torch::jit::Stack;
  detector.module->eval();
  for (auto& parameter : detector.module->parameters()) parameter.set_requires_grad(false);  // as constants of the graph
  const auto run = [&](const Stack& in) {
    Stack out;
    for (const auto& output : detector.forward(in.at(0).toTensor())) out.emplace_back(output.value);
    return out;
  };
  const auto [state, traced] =
      torch::jit::tracer::trace({torch::rand({1, 3, kSide, kSide})}, run, [](const at::Tensor&) { return std::string(); });
  torch::jit::GraphExecutor executor(state->graph, detector.name);
  for (const auto& [height, width] : {std::pair{kSide, kSide}, std::pair{2 * kSide, kSide}}) {
    Stack stack{torch::rand({2, 3, height, width})};
    const auto expected = run(stack);
    executor.run(stack);
    if (stack.size() != expected.size()) return false;
    for (std::size_t i = 0; i < stack.size(); ++i)
      if (!torch::allclose(stack[i].toTensor(), expected[i].toTensor(), 1e-4, 1e-4)) return false;
  }
  return true;
}

bool predicts(const TrainableDetector& detector) {
  detector.module->eval();
  detector.fold();
  detector.input->resize = {.by = scriba::ResizeSide::shorter, .side = kSide, .multiple = 64};
  detector.predict(zoo_tests::two_words(kSide, 90).image);
  return true;
}

}  // namespace

int main() {
  torch::manual_seed(1);
  torch::set_num_threads(2);
  std::cout << "# Support matrix\n\n"
               "What each detector of the zoo is made of, and what works with it. `bench_support_matrix` tries everything and prints this "
               "page.\n\n"
               "- compiles: the composition is a type, in the program that printed this.\n"
               "- trains: one step on drawn words, with targets made from annotations; loss and weights stay finite.\n"
               "- traces: a TorchScript graph recorded at one input size gives the network's results at that size and at another.\n"
               "- runs: folded into deployed form, it predicts on an image.\n"
               "- parameters: in training form.\n\n"
               "| detector | backbone | neck | head | loss | post-process | compiles | trains | traces | runs | parameters |\n"
               "|-|-|-|-|-|-|-|-|-|-|-:|\n";
  for (const auto& name : scriba::zoo::trainable_detector_names()) {
    const auto detector = scriba::zoo::trainable_detector(name);
    const auto parameters = detector.parameter_count();
    std::cout << "| `" << name << "` |";
    for (const auto& part : detector.parts) std::cout << " `" << part << "` |";
    std::cout << " yes | " << yes_or_no(detector, "trains", [&] { return trains(detector); });
    std::cout << " | " << yes_or_no(detector, "traces", [&] { return traces(detector); });
    std::cout << " | " << yes_or_no(detector, "runs", [&] { return predicts(detector); }) << " | " << parameters << " |\n";
  }
}
