#include <scriba/deploy/write_onnx.hpp>

#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <onnx/checker.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <scriba/core/error.hpp>
#include <scriba/core/write_file.hpp>
#include <scriba/version.hpp>

#include "../engine/first_line.hpp"
#include "onnx_conversion.hpp"

namespace scriba::deploy {
namespace {

namespace prim = torch::jit::prim;

Converter find_converter(std::string_view kind) {
  for (const auto* table : {&layer_converters(), &shape_converters(), &arithmetic_converters()}) {
    if (const auto found = table->find(kind); found != table->end()) return found->second;
    // relu_ and its like, see writes_where_others_look().
    if (kind.ends_with('_'))
      if (const auto found = table->find(kind.substr(0, kind.size() - 1)); found != table->end()) return found->second;
  }
  return nullptr;
}

// Results that are the same memory as the first input.
bool is_view(const torch::jit::Node& node) {
  static const std::unordered_set<std::string_view> kinds{
      "prim::ListUnpack", "aten::alias",     "aten::chunk",     "aten::contiguous", "aten::detach",  "aten::diagonal",
      "aten::expand",     "aten::expand_as", "aten::flatten",   "aten::narrow",     "aten::permute", "aten::reshape",
      "aten::select",     "aten::slice",     "aten::split",     "aten::squeeze",    "aten::t",       "aten::to",
      "aten::transpose",  "aten::unbind",    "aten::unflatten", "aten::unsqueeze",  "aten::view",    "aten::view_as"};
  return kinds.contains(node.kind().toQualString());
}

// An ONNX graph has values and no memory: what relu_ and its like write is a value of its own. Tracing gives later readers of the same
// tensor that value, but not those of the tensor that it is a part of, or of another part.
bool writes_where_others_look(const torch::jit::Node& writer) {
  const torch::jit::Node* from = &writer;
  for (const auto* value = writer.input(0);; value = from->input(0)) {
    for (const auto& use : value->uses())
      if (use.user != from && (use.user->isAfter(&writer) || is_view(*use.user))) return true;
    from = value->node();
    if (!is_view(*from)) return false;
  }
}

// "backbone.layer1.0.conv1.weight" -> "backbone.layer1.0.conv1"
std::string module_of(const std::string& parameter) {
  const auto dot = parameter.rfind('.');
  return dot == std::string::npos ? std::string() : parameter.substr(0, dot);
}

// Goes through the graph once; every value of it becomes an operand.
class GraphWalk {
 public:
  GraphWalk(OnnxGraph& graph, const torch::jit::Module& module) : graph_(graph), module_(module) {}

  void run(const torch::jit::Graph& from, const Traced& traced) {
    operands_[from.inputs().at(0)] = {.known = module_._ivalue(), .name = ""};
    graph_.input(traced.input.name,
                 tensor_type(traced.example.scalar_type(), traced.input.dims, "size", {"batch", "channels", "height", "width"}));
    operands_[from.inputs().at(1)] = Operand::value(traced.input.name);
    for (const auto* node : from.nodes()) visit(*node);
    const auto& result = operands_.at(from.outputs().at(0));
    const auto results = result.is_list ? result.list : std::vector<Operand>{result};
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto& port = traced.outputs[i];
      graph_.output(results[i].name, port.name, tensor_type(port.type, port.dims, port.name, {"batch"}));
    }
  }

 private:
  void visit(const torch::jit::Node& node) {
    if (node.kind() == prim::Constant) {
      operands_[node.output()] = {.known = torch::jit::toIValue(node.output()).value_or(c10::IValue())};
    } else if (node.kind() == prim::GetAttr) {
      get_attribute(node);
    } else {
      convert(node);
    }
  }

  void get_attribute(const torch::jit::Node& node) {
    const auto& owner = operands_.at(node.input());
    const auto& name = node.s(torch::jit::attr::name);
    operands_[node.output()] = {.known = owner.known->toObjectRef().getAttr(name),
                                .name = owner.name.empty() ? name : owner.name + "." + name};
  }

  void convert(const torch::jit::Node& node) {
    std::vector<Operand> in;
    for (const auto* input : node.inputs()) {
      in.push_back(operands_.at(input));
      for (const auto& one : in.back().is_list ? in.back().list : std::vector<Operand>{in.back()})
        if (one.known && one.known->isTensor() && !one.name.empty() && node.kind() != prim::ListConstruct)
          graph_.enter(module_of(one.name));
    }
    const Call call(graph_, node, std::move(in), [this](const torch::jit::Value* value) -> const Operand& { return operands_.at(value); });
    const auto converter = find_converter(node.kind().toQualString());
    if (!converter) call.unsupported("an operator without a converter");
    if (std::string_view(node.kind().toQualString()).ends_with('_') && writes_where_others_look(node))
      call.unsupported("writing into a tensor of which another part, or the whole, is read later");
    Operand out;
    try {
      out = converter(call);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      call.unsupported(engine::first_line(error));
    }
    if (node.outputs().size() == 1) {
      operands_[node.output()] = std::move(out);
      return;
    }
    for (std::size_t i = 0; i < node.outputs().size(); ++i) {
      if (i < out.list.size())
        operands_[node.outputs()[i]] = out.list[i];
      else if (node.outputs()[i]->hasUses())
        call.unsupported("its output number " + std::to_string(i));
    }
  }

  OnnxGraph& graph_;
  const torch::jit::Module& module_;
  std::unordered_map<const torch::jit::Value*, Operand> operands_;
};

bool has_deformable(const torch::jit::Graph& graph) {
  for (const auto* node : graph.nodes())
    if (std::string_view(node->kind().toQualString()) == "scriba::deform_conv2d") return true;
  return false;
}

// Debian's checker knows operator sets up to 17: what came or changed later is hidden from it as another domain's.
void check(onnx::ModelProto model, const std::string& file) {
  const bool later = model.opset_import(0).version() > 17;
  for (auto& node : *model.mutable_graph()->mutable_node())
    if (later && (node.op_type() == "DeformConv" || node.op_type() == "ReduceMean")) node.set_domain("scriba.not_checked");
  auto& domain = *model.add_opset_import();
  domain.set_domain("scriba.not_checked"), domain.set_version(1);
  model.set_ir_version(8);
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    throw Error({.what = "the ONNX checker refuses the network", .where = file, .got = error.what()});
  }
}

}  // namespace

void write_onnx(const std::filesystem::path& path, const Traced& traced, const OnnxOptions& options) {
  const at::NoGradGuard no_gradients;
  auto graph = traced.module.get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  torch::jit::ConstantPropagation(graph);
  torch::jit::EliminateDeadCode(graph);

  const bool deformable = options.deform_conv && has_deformable(*graph);
  OnnxGraph out(deformable ? 19 : 17, options.half_weights);
  GraphWalk(out, traced.module).run(*graph, traced);

  onnx::ModelProto model;
  model.set_ir_version(deformable ? 9 : 8);
  model.set_producer_name("Scriba");
  model.set_producer_version(kVersion);
  auto& opset = *model.add_opset_import();
  opset.set_domain(""), opset.set_version(out.opset());
  const auto architecture = traced.metadata.find(kArchitectureKey);
  *model.mutable_graph() = out.finished(architecture == traced.metadata.end() ? "network" : architecture->second);
  for (const auto& [key, value] : traced.metadata) {
    auto& entry = *model.add_metadata_props();
    entry.set_key(key), entry.set_value(value);
  }
  check(model, path.string());
  write_file(path, model.SerializeAsString(), "cannot write an ONNX file");
}

}  // namespace scriba::deploy
