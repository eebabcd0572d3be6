#include "onnx_conversion.hpp"

#include <algorithm>

#include <ATen/ops/scalar_tensor.h>

#include <scriba/core/error.hpp>

namespace scriba::deploy {

Operand Operand::many(const Names& names) {
  Operand out{.is_list = true};
  for (const auto& name : names) out.list.push_back(value(name));
  return out;
}

void Call::unsupported(const std::string& what) const {
  throw Error({.what = "cannot write this network as ONNX",
               .where = "operator " + std::string(node.kind().toQualString()) +
                        (graph.scope().empty() ? ", before any layer" : ", in or after module " + graph.scope()),
               .got = what});
}

const c10::IValue& Call::constant(std::size_t i) const {
  if (i >= in.size()) unsupported("no argument " + std::to_string(i));
  if (!in[i].known) unsupported("an argument, number " + std::to_string(i) + ", that depends on the input");
  return *in[i].known;
}

at::ScalarType Call::scalar_type(const torch::jit::Value& value) {
  if (const auto tensor = value.type()->cast<c10::TensorType>()) return tensor->scalarType().value_or(at::kFloat);
  return value.type()->kind() == c10::TypeKind::FloatType ? at::kFloat : at::kLong;
}

std::int64_t Call::rank(std::size_t i) const {
  if (in.at(i).known && in[i].known->isTensor()) return in[i].known->toTensor().dim();
  const auto tensor = node.input(i)->type()->cast<c10::TensorType>();
  if (!tensor || !tensor->dim()) unsupported("a tensor of unknown rank");
  return static_cast<std::int64_t>(*tensor->dim());
}

std::int64_t Call::size(std::size_t i, std::int64_t axis) const {
  if (in.at(i).known && in[i].known->isTensor()) return in[i].known->toTensor().size(axis);
  const auto tensor = node.input(i)->type()->cast<c10::TensorType>();
  const auto sizes = tensor ? tensor->sizes().concrete_sizes() : std::nullopt;
  if (!sizes) unsupported("a tensor of unknown size");
  return sizes->at(static_cast<std::size_t>(axis));
}

std::int64_t Call::axis(std::size_t i, std::size_t of, std::int64_t more) const {
  const auto given = integer(i);
  return given < 0 ? given + rank(of) + more : given;
}

std::string Call::tensor(const Operand& operand, at::ScalarType wanted) const {
  if (operand.is_list) unsupported("a list in the place of a tensor");
  if (!operand.known) return operand.name;
  if (!operand.name.empty()) return graph.weight(operand.name, operand.known->toTensor());
  if (operand.known->isTensor()) {
    const auto& value = operand.known->toTensor();
    return value.dim() == 0 && value.scalar_type() != wanted ? graph.constant(value.to(wanted)) : graph.constant(value);
  }
  if (operand.known->isScalar() || operand.known->isBool())
    return graph.constant(operand.known->isBool() ? at::scalar_tensor(operand.known->toBool(), wanted)
                                                  : at::scalar_tensor(operand.known->toScalar(), wanted));
  unsupported(operand.known->tagKind() + " in the place of a tensor");
}

std::string Call::tensor(std::size_t i, at::ScalarType wanted) const {
  if (i >= in.size()) unsupported("no argument " + std::to_string(i));
  const auto name = tensor(in[i], wanted);
  const bool is_tensor = node.input(i)->type()->cast<c10::TensorType>() != nullptr;
  const bool converted = in[i].known && in[i].name.empty() && (!in[i].known->isTensor() || in[i].known->toTensor().dim() == 0);
  const auto has = is_tensor ? type(i) : at::kLong;  // numbers of the graph are sizes
  return converted || has == wanted ? name : add("Cast", {name}, {{"to", std::int64_t{onnx_type(wanted)}}});
}

std::vector<std::int64_t> Call::integers(std::size_t i) const {
  if (i < in.size() && in[i].is_list) {
    std::vector<std::int64_t> out;
    for (const auto& element : in[i].list) {
      if (!element.known) unsupported("an argument, number " + std::to_string(i) + ", that depends on the input");
      out.push_back(element.known->toInt());
    }
    return out;
  }
  const auto& value = constant(i);
  return value.isInt() ? std::vector<std::int64_t>{value.toInt()} : value.toIntVector();
}

std::string Call::shape(std::size_t i) const {
  const auto& operand = in.at(i);
  if (!operand.is_list) return operand.known ? graph.integers(integers(i)) : operand.name;
  if (std::ranges::all_of(operand.list, [](const Operand& one) { return one.known.has_value(); })) return graph.integers(integers(i));
  Names parts;
  for (const auto& one : operand.list) parts.push_back(one.known ? graph.integers({one.known->toInt()}) : one.name);
  return parts.size() == 1 ? parts[0] : add("Concat", parts, {{"axis", std::int64_t{0}}});
}

Names Call::tensors(std::size_t i) const {
  Names out;
  if (in.at(i).is_list)
    for (const auto& one : in[i].list) out.push_back(tensor(one, out_type()));
  else
    for (const auto& one : constant(i).toTensorVector()) out.push_back(graph.constant(one));
  return out;
}

const at::Tensor& Call::weight(const Operand& operand) const {
  if (!operand.known || !operand.known->isTensor()) unsupported("weights that are computed by the network");
  return operand.known->toTensor();
}

}  // namespace scriba::deploy
