#pragma once
// An ONNX file in the making: nodes in the order they run, initialisers, names that are there once.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>
#include <onnx/onnx_pb.h>

namespace scriba::deploy {

/// An attribute of a node.
struct Attribute {
  const char* name;
  std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, at::Tensor> value;
};
using Attributes = std::vector<Attribute>;
using Names = std::vector<std::string>;

class OnnxGraph {
 public:
  /// `half_weights`: initialisers of two and more axes in float16, each with a Cast.
  OnnxGraph(int opset, bool half_weights) : opset_(opset), half_weights_(half_weights) {}

  int opset() const { return opset_; }
  /// The module that nodes belong to from now on, which they are named after.
  void enter(std::string scope) { scope_ = std::move(scope); }
  const std::string& scope() const { return scope_; }

  /// Adds a node and gives the names of its outputs. An empty input is one that is left out.
  Names add_many(const std::string& op, const Names& inputs, std::size_t outputs, const Attributes& attributes = {});
  std::string add(const std::string& op, const Names& inputs, const Attributes& attributes = {}) {
    return add_many(op, inputs, 1, attributes)[0];
  }

  /// A tensor of the file under a name of its own; the second time its first name. What consumers read.
  std::string weight(const std::string& name, const at::Tensor& tensor);
  /// A small tensor without a name.
  std::string constant(const at::Tensor& tensor);
  std::string integers(const std::vector<std::int64_t>& values);  // [n], int64
  std::string number(double value, at::ScalarType type);          // [], of a type

  void input(const std::string& name, const onnx::TypeProto& type);
  /// Makes `value` the file's output of this name.
  void output(const std::string& value, const std::string& name, const onnx::TypeProto& type);

  /// The graph without what no output needs.
  onnx::GraphProto finished(const std::string& name);

 private:
  std::string fresh(const std::string& base);
  void store(const std::string& name, const at::Tensor& tensor);

  int opset_;
  bool half_weights_;
  std::string scope_;
  onnx::GraphProto graph_;
  std::set<std::string> names_;
  std::map<std::string, std::string> weights_;    // name in the file -> name of the value
  std::map<std::string, std::string> constants_;  // bytes -> name
  std::map<std::string, std::string> outputs_;    // value -> the first output that it became
};

/// The ONNX name of a type. Throws Error for one that ONNX files of this library do not have.
int onnx_type(at::ScalarType type);

/// The type of a tensor; -1: any size, under a name that begins with `label` unless `names` has one for the axis.
onnx::TypeProto tensor_type(at::ScalarType type, const std::vector<std::int64_t>& dims, const std::string& label, const Names& names = {});

}  // namespace scriba::deploy
