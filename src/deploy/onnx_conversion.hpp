#pragma once
// From the operations of a traced graph to nodes of an ONNX file: what a converter sees and where converters are found by name.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/ir/ir.h>

#include "onnx_graph.hpp"

namespace scriba::deploy {

/// A value of the graph: known now, or a value of the file, or several of them. An integer of the file is a tensor [1] of int64.
struct Operand {
  std::optional<c10::IValue> known = {};  ///< also the tensor of a weight
  std::string name = {};                  ///< of the file's value; of a weight its name in the state_dict
  std::vector<Operand> list = {};         ///< elements of a list or tuple, outputs of a node
  bool is_list = false;

  static Operand value(std::string name) { return {.name = std::move(name)}; }
  static Operand many(const Names& names);
};

/// One operation, with its operands. Getters throw Error, which names the operation and its module, for what the file cannot say.
class Call {
 public:
  using Lookup = std::function<const Operand&(const torch::jit::Value*)>;

  /// `lookup` finds what came out of earlier operations.
  Call(OnnxGraph& into, const torch::jit::Node& from, std::vector<Operand> operands, Lookup earlier)
      : graph(into), node(from), in(std::move(operands)), lookup(std::move(earlier)) {}

  std::string tensor(std::size_t i) const { return tensor(in.at(i), type(i)); }
  /// A number or tensor as a tensor of this type.
  std::string tensor(std::size_t i, at::ScalarType type) const;
  std::int64_t integer(std::size_t i) const { return constant(i).toInt(); }
  double number(std::size_t i) const { return constant(i).toScalar().toDouble(); }
  bool flag(std::size_t i) const { return constant(i).toBool(); }
  bool none(std::size_t i) const { return i >= in.size() || (in[i].known && in[i].known->isNone()); }
  std::vector<std::int64_t> integers(std::size_t i) const;
  /// A list of integers, or one, as a tensor [n] of int64.
  std::string shape(std::size_t i) const;
  /// The tensors of a list.
  Names tensors(std::size_t i) const;
  /// A weight's numbers.
  const at::Tensor& weight(std::size_t i) const { return weight(in.at(i)); }
  const at::Tensor& weight(const Operand& operand) const;

  std::int64_t rank(std::size_t i) const;
  std::int64_t size(std::size_t i, std::int64_t axis) const;  ///< when it was traced: of channels
  at::ScalarType type(std::size_t i) const { return scalar_type(*node.input(i)); }
  at::ScalarType out_type() const { return scalar_type(*node.output(0)); }
  std::int64_t axis(std::size_t i, std::size_t of = 0, std::int64_t more = 0) const;  ///< counted from the front

  std::string add(const char* op, const Names& inputs, const Attributes& attributes = {}) const {
    return graph.add(op, inputs, attributes);
  }
  Operand out(const char* op, const Names& inputs, const Attributes& attributes = {}) const {
    return Operand::value(graph.add(op, inputs, attributes));
  }
  [[noreturn]] void unsupported(const std::string& what) const;

  OnnxGraph& graph;
  const torch::jit::Node& node;
  std::vector<Operand> in;
  Lookup lookup;

 private:
  std::string tensor(const Operand& operand, at::ScalarType type) const;
  const c10::IValue& constant(std::size_t i) const;
  static at::ScalarType scalar_type(const torch::jit::Value& value);
};

using Converter = Operand (*)(const Call&);
using ConverterTable = std::unordered_map<std::string_view, Converter>;

/// A deformable convolution: the operator DeformConv in operator set 19, else older operators (GridSample, of set 16, is the newest).
Operand convert_deformable(const Call& call);

// By the qualified name of the operation, without the `_` of those that write into their input.
const ConverterTable& layer_converters();       // convolution, pooling, normalisation, linear, LSTM, attention
const ConverterTable& shape_converters();       // sizes, slices, reshaping, joining
const ConverterTable& arithmetic_converters();  // element by element, and sums

}  // namespace scriba::deploy
