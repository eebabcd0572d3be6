#include <scriba/deploy/trace.hpp>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string_view>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <nlohmann/json.hpp>

#include <scriba/core/error.hpp>
#include <scriba/core/write_file.hpp>
#include <scriba/io/state_dict.hpp>

namespace scriba::deploy {
namespace {

// The module tree with the very tensors of the network: the recorder knows them by identity.
torch::jit::Module mirrored(const torch::nn::Module& module, const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  torch::jit::Module mirror(c10::QualifiedName("__torch__.scriba.Part"), unit, /*shouldMangle=*/true);
  for (const auto& parameter : module.named_parameters(/*recurse=*/false))
    mirror.register_parameter(parameter.key(), parameter.value(), /*is_buffer=*/false);
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) mirror.register_buffer(buffer.key(), buffer.value());
  mirror.register_attribute("training", c10::BoolType::get(), false);
  for (const auto& child : module.named_children()) mirror.register_module(child.key(), mirrored(*child.value(), unit));
  return mirror;
}

// Pooling has settings for height and width, of which one may stand for both; a converter of others (pnnx) takes two only.
void write_out_pooling(const std::shared_ptr<torch::jit::Graph>& graph) {
  for (auto* node : graph->nodes()) {
    const std::string_view kind = node->kind().toQualString();
    if (kind != "aten::max_pool2d" && kind != "aten::avg_pool2d") continue;
    for (std::size_t i = 1; i < node->inputs().size(); ++i) {
      const auto* list = node->input(i)->node();
      if (list->kind() != c10::prim::ListConstruct || list->inputs().size() != 1) continue;
      const torch::jit::WithInsertPoint before(node);
      node->replaceInput(i, graph->insertNode(graph->createList(c10::IntType::get(), {list->input(0), list->input(0)}))->output());
    }
  }
  torch::jit::EliminateDeadCode(graph);
}

// Copies in place of the network's own tensors.
void take_copies(torch::jit::Module module) {
  for (const auto& attribute : module.named_attributes(/*recurse=*/false))
    if (attribute.value.isTensor()) module.setattr(attribute.name, attribute.value.toTensor().detach().clone());
  for (const auto& child : module.children()) take_copies(child);
}

std::vector<at::Tensor> tensors_of(const c10::IValue& result) {
  if (result.isTensor()) return {result.toTensor()};
  std::vector<at::Tensor> out;
  for (const auto& element : result.toTupleRef().elements()) out.push_back(element.toTensor());
  return out;
}

c10::IValue result_of(const NamedTensors& outputs) {
  if (outputs.size() == 1) return outputs[0].value;
  std::vector<c10::IValue> elements;
  for (const auto& output : outputs) elements.emplace_back(output.value);
  return c10::ivalue::Tuple::create(std::move(elements));
}

// Largest difference, relative to the largest value where that is above 1.
double difference(const at::Tensor& a, const at::Tensor& b) {
  const auto scale = std::max(1.0, b.abs().max().item<double>());
  return (a - b).abs().max().item<double>() / scale;
}

// Sizes that differ are open ones.
void open_axes(Port& port, at::IntArrayRef sizes) {
  for (std::size_t axis = 0; axis < port.dims.size(); ++axis)
    if (port.dims[axis] != sizes[axis]) port.dims[axis] = -1;
}

void prove(Traced& traced, const std::function<NamedTensors(const at::Tensor&)>& forward, at::IntArrayRef size) {
  constexpr double tolerance = 1e-4;
  const auto batch = at::rand(size, traced.example.options());
  NamedTensors expected;
  try {
    expected = forward(batch);
  } catch (const std::exception&) {
    return;  // the network does not take this size
  }
  const auto refuse = [&](std::string want, std::string got) {
    throw Error({.what = "the traced network does not follow the size of its input",
                 .where = "batch " + io::detail::shape_text(size) + ", traced with " + io::detail::shape_text(traced.example.sizes()),
                 .expected = std::move(want),
                 .got = std::move(got)});
  };
  std::vector<at::Tensor> got;
  try {
    const torch::jit::GraphOptimizerEnabledGuard once(false);  // not worth optimising for
    got = tensors_of(traced.module.forward({batch}));
  } catch (const std::exception& error) {
    refuse("what the network gives", error.what());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, value] = expected[i];
    if (got[i].sizes() != value.sizes()) refuse(name + " " + io::detail::shape_text(value.sizes()), io::detail::shape_text(got[i].sizes()));
    const double error = difference(got[i], value);
    if (!(error <= tolerance)) refuse(name + " within 1e-4", "a difference of " + std::to_string(error));
    open_axes(traced.outputs[i], value.sizes());
  }
  open_axes(traced.input, size);
}

torch::jit::ExtraFilesMap extra_files(const Traced& traced) { return {traced.metadata.begin(), traced.metadata.end()}; }

}  // namespace

namespace detail {

BatchSizes other_sizes(const at::Tensor& example, bool any_height) {
  if (example.dim() != 4) return {};
  const auto n = example.size(0), c = example.size(1), h = example.size(2), w = example.size(3);
  BatchSizes out{{2 * n, c, h, w}, {n, c, h, 2 * w}};
  if (any_height) out.push_back({n, c, 2 * h, w});
  return out;
}

}  // namespace detail

Traced trace(const torch::nn::Module& module, const std::function<NamedTensors(const at::Tensor&)>& forward, const at::Tensor& example,
             const BatchSizes& others) {
  if (module.is_training())
    throw Error({.what = "cannot trace a network", .expected = "evaluation mode (eval() called before)", .got = "training mode"});
  if (example.dim() != 4)
    throw Error(
        {.what = "cannot trace a network", .where = "example", .expected = "[N, C, H, W]", .got = io::detail::shape_text(example.sizes())});
  const at::NoGradGuard no_gradients;
  Traced traced;
  traced.example = example.detach().clone();
  traced.input = {"image", example.sizes().vec(), example.scalar_type()};
  traced.module = mirrored(module, std::make_shared<torch::jit::CompilationUnit>());
  const auto run = [&](const torch::jit::Stack& in) -> torch::jit::Stack {
    const auto outputs = forward(in.at(0).toTensor());
    for (const auto& [name, value] : outputs) traced.outputs.push_back({name, value.sizes().vec(), value.scalar_type()});
    return {result_of(outputs)};
  };
  const auto state = torch::jit::tracer::trace({traced.example}, run, [](const at::Tensor&) { return std::string(); }, /*strict=*/true,
                                               /*force_outplace=*/false, &traced.module, {"image"})
                         .first;
  write_out_pooling(state->graph);
  const auto type = traced.module.type();
  type->addMethod(traced.module._ivalue()->compilation_unit()->create_function(c10::QualifiedName(*type->name(), "forward"), state->graph));
  take_copies(traced.module);
  auto names = nlohmann::json::array();
  for (const auto& output : traced.outputs) names.push_back(output.name);
  traced.metadata[kOutputsKey] = names.dump();

  prove(traced, forward, example.sizes());
  for (const auto& size : others) prove(traced, forward, size);
  return traced;
}

Traced frozen(const Traced& traced) {
  auto out = traced;
  out.module = torch::jit::freeze(traced.module.clone());
  return out;
}

void save_torchscript(const std::filesystem::path& path, const Traced& traced) {
  std::ostringstream file;
  traced.module.save(file, extra_files(traced));
  write_file(path, file.view(), "cannot write a TorchScript file");
}

void save_mobile(const std::filesystem::path& path, const Traced& traced) {
  std::ostringstream file;
  traced.module._save_for_mobile(file, extra_files(traced));
  write_file(path, file.view(), "cannot write a file for LibTorch-Lite");
}

}  // namespace scriba::deploy
