#include <scriba/engine/lower_precision.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include <ATen/ops/amax.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/lower_graph.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <scriba/core/error.hpp>
#include <scriba/io/state_dict.hpp>

#include "first_line.hpp"

namespace scriba::engine {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// `forward` with its weights as further inputs of the graph.
struct Flat {
  std::shared_ptr<Graph> graph;
  std::vector<c10::IValue> weights;

  std::size_t first_weight() const { return graph->inputs().size() - weights.size(); }

  // The tensor that a value of the graph is, whatever the batch.
  std::optional<at::Tensor> constant(const Value* value) const {
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (graph->inputs()[first_weight() + i] == value) return weights[i].isTensor() ? std::optional(weights[i].toTensor()) : std::nullopt;
    const auto known = torch::jit::toIValue(value);
    return known && known->isTensor() ? std::optional(known->toTensor()) : std::nullopt;
  }
};

Flat flattened(const torch::jit::Module& module) {
  const auto method = module.find_method("forward");
  if (!method || method->num_inputs() != 2)
    throw Error({.what = "cannot lower the precision of a network", .expected = "a method forward of one batch"});
  auto [graph, weights] = torch::jit::LowerGraph(*method->graph(), module._ivalue());
  return {std::move(graph), std::move(weights)};
}

std::string weight_name(std::size_t i) { return std::to_string(i).insert(0, 1, 'w'); }

// A module again, with the weights as attributes.
torch::jit::Module assembled(const Flat& flat) {
  auto graph = flat.graph->copy();
  torch::jit::Module module(c10::QualifiedName("__torch__.scriba.LowerPrecision"), std::make_shared<torch::jit::CompilationUnit>());
  for (std::size_t i = 0; i < flat.weights.size(); ++i) {
    const auto& weight = flat.weights[i];
    // Of any shape: a type that says the shape cannot be written to a file.
    module.register_attribute(weight_name(i), weight.isTensor() ? c10::TensorType::get() : weight.type(), weight, /*is_param=*/false,
                              weight.isTensor());
  }
  module.register_attribute("training", c10::BoolType::get(), false);
  const auto self = graph->insertInput(0, "self");
  self->setType(module.type());
  {
    const torch::jit::WithInsertPoint at_the_beginning(*graph->nodes().begin());
    const auto first = flat.first_weight() + 1;
    for (std::size_t i = flat.weights.size(); i-- > 0;) {
      graph->inputs()[first + i]->replaceAllUsesWith(graph->insertGetAttr(self, weight_name(i)));
      graph->eraseInput(first + i);
    }
  }
  const auto type = module.type();
  type->addMethod(module._ivalue()->compilation_unit()->create_function(c10::QualifiedName(*type->name(), "forward"), graph));
  return module;
}

// A tensor that goes into convolutions.
struct Site {
  Value* tensor;
  std::vector<Node*> convolutions;
};

bool is_plain_convolution(const Node* node) {
  const std::string_view kind = node->kind().toQualString();
  if (kind == "aten::conv1d" || kind == "aten::conv2d") return true;
  if (kind != "aten::_convolution" && kind != "aten::convolution") return false;
  const auto transposed = torch::jit::toIValue(node->input(6));
  return transposed && !transposed->toBool();
}

std::vector<Site> sites(const Flat& flat) {
  std::vector<Site> out;
  std::map<Value*, std::size_t> known;
  for (auto* node : flat.graph->nodes()) {
    if (!is_plain_convolution(node) || !flat.constant(node->input(1))) continue;
    const auto [place, fresh] = known.emplace(node->input(0), out.size());
    if (fresh) out.push_back({node->input(0), {}});
    out[place->second].convolutions.push_back(node);
  }
  return out;
}

Value* insert(Graph& graph, const char* kind, std::vector<Value*> inputs) {
  return graph.insertNode(graph.create(c10::Symbol::fromQualString(kind), inputs, 1))->output();
}

// Runs a graph whose outputs are, for each place, what `measure` makes of the magnitudes there, with every batch. What comes after the last
// place is not computed.
template <class Measure, class Take>
std::size_t run_measuring(const torch::jit::Module& module, const Calibration& calibration, at::Device device, Measure measure, Take take) {
  const c10::InferenceMode no_gradients;
  auto [graph, weights] = flattened(module);
  const auto places = sites({graph, weights});
  while (!graph->outputs().empty()) graph->eraseOutput(0);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const torch::jit::WithInsertPoint before(places[i].convolutions.front());
    graph->registerOutput(measure(*graph, insert(*graph, "aten::abs", {places[i].tensor}), i));
  }
  torch::jit::EliminateDeadCode(graph);
  for (auto& weight : weights)
    if (weight.isTensor()) weight = weight.toTensor().to(device);
  torch::jit::GraphExecutor executor(graph, "calibration");
  const torch::jit::GraphOptimizerEnabledGuard as_it_is(false);  // images have many sizes
  std::size_t seen = 0;
  for (; seen < calibration.most_batches; ++seen) {
    const auto batch = calibration.batch(seen);
    if (!batch) break;
    torch::jit::Stack stack{batch->to(device, at::kFloat).contiguous()};
    stack.insert(stack.end(), weights.begin(), weights.end());
    try {
      executor.run(stack);
    } catch (const std::exception& error) {
      throw Error({.what = "the network does not take this batch",
                   .where = "batch " + std::to_string(seen) + " of the calibration, " + io::detail::shape_text(batch->sizes()),
                   .got = first_line(error)});
    }
    for (std::size_t i = 0; i < places.size(); ++i) take(i, stack.at(i).toTensor().cpu());
  }
  return seen;
}

constexpr std::size_t kParts = 2048;  // of a histogram
constexpr double kSteps = 127;        // on either side of zero

// The values that 8 bits can say, one scale for the whole tensor.
Value* rounded(Graph& graph, Value* tensor, double range) {
  return insert(
      graph, "aten::fake_quantize_per_tensor_affine",
      {tensor, graph.insertConstant(range / kSteps), graph.insertConstant(0), graph.insertConstant(-128), graph.insertConstant(127)});
}

// The same of weights, one scale for each output channel.
Value* rounded_weights(Graph& graph, Value* value, const at::Tensor& weights) {
  const auto largest = weights.detach().to(at::kFloat).flatten(1).abs().amax(1);
  const auto scale = largest.div(kSteps).clamp_min(1e-12);  // channels of zeros
  const auto zero = at::zeros(scale.sizes(), scale.options().dtype(at::kInt));
  return insert(graph, "aten::fake_quantize_per_channel_affine",
                {value, graph.insertConstant(scale), graph.insertConstant(zero), graph.insertConstant(0), graph.insertConstant(-128),
                 graph.insertConstant(127)});
}

}  // namespace

namespace detail {

double best_range(const std::vector<double>& counts, double largest) {
  const auto parts = counts.size();
  const double width = largest / static_cast<double>(parts);
  double best = largest, least_error = std::numeric_limits<double>::infinity();
  // Below a 32nd of the largest value there would be nothing to gain: the step is small enough already.
  for (std::size_t kept = parts; kept >= std::max<std::size_t>(parts / 32, 1); --kept) {
    const double range = width * static_cast<double>(kept), step = range / kSteps;
    double error = 0;
    for (std::size_t i = 0; i < parts; ++i) {
      const double value = (static_cast<double>(i) + 0.5) * width;
      const double off = i >= kept ? value - range : value < step / 2 ? value : step / std::sqrt(12.0);
      error += counts[i] * off * off;
    }
    if (error < least_error) least_error = error, best = range;
  }
  return best;
}

}  // namespace detail

torch::jit::Module in_float16(const torch::jit::Module& module) {
  auto flat = flattened(module);
  const auto half = [](const at::Tensor& tensor) { return tensor.is_floating_point() ? tensor.detach().to(at::kHalf) : tensor; };
  for (auto& weight : flat.weights)
    if (weight.isTensor()) weight = half(weight.toTensor());
  std::vector<Node*> nodes(flat.graph->nodes().begin(), flat.graph->nodes().end());
  for (auto* node : nodes) {
    const torch::jit::WithInsertPoint before(node);
    if (node->kind() == torch::jit::prim::Constant) {
      const auto value = torch::jit::toIValue(node->output());
      if (value->isTensor()) {
        node->output()->replaceAllUsesWith(flat.graph->insertConstant(half(value->toTensor())));
      } else if (value->isTensorList()) {  // the weights of an LSTM in a frozen network
        c10::List<at::Tensor> halves;
        for (const auto& tensor : value->toTensorVector()) halves.push_back(half(tensor));
        node->output()->replaceAllUsesWith(flat.graph->insertConstant(halves));
      }
    } else if (const auto* schema = node->maybeSchema()) {
      // Tensors that the graph makes, the first state of an LSTM for example.
      for (std::size_t i = 0; i < node->inputs().size(); ++i) {
        const auto type = schema->arguments()[i].name() == "dtype" ? torch::jit::toIValue(node->input(i)) : std::nullopt;
        if (type && type->isInt() && type->toInt() == static_cast<std::int64_t>(at::kFloat))
          node->replaceInput(i, flat.graph->insertConstant(static_cast<std::int64_t>(at::kHalf)));
      }
    }
  }
  torch::jit::EliminateDeadCode(flat.graph);
  return assembled(flat);
}

std::vector<double> calibrated_ranges(const torch::jit::Module& module, const Calibration& calibration, at::Device device) {
  std::vector<double> largest;
  const auto largest_magnitude = [&](Graph& graph, Value* magnitudes, std::size_t) {
    largest.push_back(0);
    return insert(graph, "aten::max", {magnitudes});
  };
  const auto seen = run_measuring(module, calibration, device, largest_magnitude, [&](std::size_t place, const at::Tensor& found) {
    const auto value = found.item<double>();
    if (!std::isfinite(value))
      throw Error({.what = "cannot calibrate a network",
                   .where = "what goes into convolution " + std::to_string(place),
                   .expected = "finite values",
                   .got = std::to_string(value)});
    largest[place] = std::max(largest[place], value);
  });
  if (seen == 0) throw Error({.what = "cannot calibrate a network", .expected = "at least one batch", .got = "none"});
  for (auto& value : largest)
    if (value <= 0) value = 1;  // nothing but zeros: any range does

  std::vector<std::vector<double>> counts(largest.size(), std::vector<double>(kParts));
  const auto histogram = [&](Graph& graph, Value* magnitudes, std::size_t place) {
    return insert(graph, "aten::histc",
                  {magnitudes, graph.insertConstant(static_cast<std::int64_t>(kParts)), graph.insertConstant(0.0),
                   graph.insertConstant(largest[place])});
  };
  run_measuring(module, calibration, device, histogram, [&](std::size_t place, const at::Tensor& found) {
    for (std::size_t i = 0; i < kParts; ++i) counts[place][i] += found.data_ptr<float>()[i];
  });
  std::vector<double> ranges;
  for (std::size_t i = 0; i < largest.size(); ++i) ranges.push_back(detail::best_range(counts[i], largest[i]));
  return ranges;
}

torch::jit::Module in_int8(const torch::jit::Module& module, const std::vector<double>& ranges) {
  const auto flat = flattened(module);
  const auto places = sites(flat);
  if (places.size() != ranges.size())
    throw Error({.what = "cannot lower the precision of a network",
                 .expected = std::to_string(places.size()) + " ranges",
                 .got = std::to_string(ranges.size())});
  for (std::size_t i = 0; i < places.size(); ++i) {
    const torch::jit::WithInsertPoint before(places[i].convolutions.front());
    auto* input = rounded(*flat.graph, places[i].tensor, ranges[i]);
    for (auto* convolution : places[i].convolutions) convolution->replaceInput(0, input);
  }
  for (const auto& place : places)
    for (auto* convolution : place.convolutions) {
      const torch::jit::WithInsertPoint before(convolution);
      convolution->replaceInput(1, rounded_weights(*flat.graph, convolution->input(1), *flat.constant(convolution->input(1))));
    }
  return assembled(flat);
}

}  // namespace scriba::engine
