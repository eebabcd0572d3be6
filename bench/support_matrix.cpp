// Builds every detector and recogniser of the zoo, trains it for a step, traces it, folds it and lets it predict, and prints what worked as
// the page docs/support_matrix.md. Nothing on that page is written by hand:
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
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>
#include "zoo/drawn_words.hpp"
#include "zoo/two_words.hpp"

namespace {

using scriba::zoo::TrainableDetector, scriba::zoo::TrainableRecognizer;
constexpr int kSide = 128;

template <class Work>
std::string yes_or_no(const std::string& name, const char* what, const Work& work) {
  try {
    if (work()) return "yes";
    std::cerr << name << " " << what << ": wrong result\n";
  } catch (const std::exception& error) {
    std::cerr << name << " " << what << ": " << error.what() << '\n';
  }
  return "no";
}

// One step; `loss` gives the total of the network as it is.
template <class Loss>
bool learns(torch::nn::Module& module, const Loss& loss) {
  module.train();
  torch::optim::SGD optimizer(module.parameters(), torch::optim::SGDOptions(1e-4));
  const at::Tensor total = loss();
  total.backward();
  optimizer.step();
  return std::isfinite(total.item<double>()) &&
         std::ranges::all_of(module.parameters(), [](const auto& parameter) { return parameter.isfinite().all().template item<bool>(); });
}

// The traced graph must give what the network gives, at the size that it was traced at and at others, and in batches.
template <class Network>
bool traces(const Network& network, std::int64_t planes, const std::vector<std::pair<std::int64_t, std::int64_t>>& sizes) {
  using torch::jit::Stack;
  network.module->eval();
  for (auto& parameter : network.module->parameters()) parameter.set_requires_grad(false);  // as constants of the graph
  const auto run = [&](const Stack& in) {
    Stack out;
    for (const auto& output : network.forward(in.at(0).toTensor())) out.emplace_back(output.value);
    return out;
  };
  const auto [height, width] = sizes.at(0);
  const auto [state, traced] =
      torch::jit::tracer::trace({torch::rand({1, planes, height, width})}, run, [](const at::Tensor&) { return std::string(); });
  torch::jit::GraphExecutor executor(state->graph, network.name);
  for (const auto& [rows, columns] : sizes) {
    Stack stack{torch::rand({2, planes, rows, columns})};
    const auto expected = run(stack);
    executor.run(stack);
    if (stack.size() != expected.size()) return false;
    for (std::size_t i = 0; i < stack.size(); ++i)
      if (!torch::allclose(stack[i].toTensor(), expected[i].toTensor(), 1e-4, 1e-4)) return false;
  }
  return true;
}

bool trains(const TrainableDetector& detector) {
  const std::vector drawn{zoo_tests::two_words(kSide, 90), zoo_tests::two_words(kSide, 140, 1)};
  std::vector<at::Tensor> images;
  std::vector<scriba::target::PageAnnotation> pages;
  for (const auto& page : drawn) {
    images.push_back(scriba::detector_batch(page.image, {.resize = {.side = kSide}, .normalization = detector.input->normalization}));
    pages.push_back(page.annotation);
  }
  return learns(*detector.module, [&] { return detector.loss_of(torch::cat(images), pages).total; });
}

bool trains(const TrainableRecognizer& recognizer) {
  const std::vector words{zoo_tests::drawn_word("scriba"), zoo_tests::drawn_word("42", false)};
  const auto batch = zoo_tests::line_batch(words, *recognizer.input);
  return learns(*recognizer.module, [&] { return recognizer.loss_of(batch, zoo_tests::texts(words)).total; });
}

bool predicts(const TrainableDetector& detector) {
  detector.module->eval();
  detector.fold();
  detector.input->resize = {.by = scriba::ResizeSide::shorter, .side = kSide, .multiple = 64};
  detector.predict(zoo_tests::two_words(kSide, 90).image);
  return true;
}

bool predicts(const TrainableRecognizer& recognizer) {
  recognizer.module->eval();
  recognizer.fold();
  const std::vector crops{zoo_tests::drawn_word("scriba").image, zoo_tests::drawn_word("42", false).image};
  return recognizer.predict(crops).size() == 2;
}

// A row. `sizes`: what it is traced at.
template <class Network>
void print(const Network& network, std::int64_t planes, const std::vector<std::pair<std::int64_t, std::int64_t>>& sizes) {
  const auto parameters = network.parameter_count();
  std::cout << "| `" << network.name << "` |";
  for (const auto& part : network.parts) std::cout << " `" << part << "` |";
  std::cout << " yes | " << yes_or_no(network.name, "trains", [&] { return trains(network); });
  std::cout << " | " << yes_or_no(network.name, "traces", [&] { return traces(network, planes, sizes); });
  std::cout << " | " << yes_or_no(network.name, "runs", [&] { return predicts(network); }) << " | " << parameters << " |\n";
}

void print_header(const char* kind) {
  std::cout << "| " << kind
            << " | backbone | neck | head | loss | post-process | compiles | trains | traces | runs | parameters |\n"
               "|-|-|-|-|-|-|-|-|-|-|-:|\n";
}

}  // namespace

int main() {
  torch::manual_seed(1);
  torch::set_num_threads(2);
  std::cout
      << "# Support matrix\n\n"
         "What each detector and recogniser of the zoo is made of, and what works with it. `bench_support_matrix` tries everything and "
         "prints this page.\n\n"
         "- compiles: the composition is a type, in the program that printed this.\n"
         "- trains: one step on drawn words, with targets made from annotations; loss and weights stay finite.\n"
         "- traces: a TorchScript graph recorded for one image of one size gives the network's results for two images of that size and of "
         "another.\n"
         "- runs: folded into deployed form, it predicts on an image.\n"
         "- parameters: in training form; of recognisers for 36 characters.\n\n"
         "## Detectors\n\n";
  print_header("detector");
  for (const auto& name : scriba::zoo::trainable_detector_names())
    print(scriba::zoo::trainable_detector(name), 3, {{kSide, kSide}, {2 * kSide, kSide}});
  std::cout << "\n## Recognisers\n\n";
  print_header("recogniser");
  for (const auto& name : scriba::zoo::trainable_recognizer_names()) {
    const auto recognizer = scriba::zoo::trainable_recognizer(name, scriba::zoo::english_alphabet());
    const auto height = recognizer.input->size.height;
    print(recognizer, scriba::plane_count(recognizer.input->normalization.order), {{height, 96}, {height, 160}});
  }
}
