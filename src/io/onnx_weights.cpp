#include <scriba/io/onnx_weights.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <onnx/onnx_pb.h>

namespace scriba::io {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

[[noreturn]] void fail(const std::string& where, std::string expected, std::string got) {
  throw Error({.what = "cannot read an ONNX file", .where = where, .expected = std::move(expected), .got = std::move(got)});
}

std::optional<at::ScalarType> scalar_type(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
      return at::kFloat;
    case onnx::TensorProto::FLOAT16:
      return at::kHalf;
    case onnx::TensorProto::BFLOAT16:
      return at::kBFloat16;
    case onnx::TensorProto::DOUBLE:
      return at::kDouble;
    case onnx::TensorProto::INT64:
      return at::kLong;
    case onnx::TensorProto::INT32:
      return at::kInt;
    case onnx::TensorProto::INT16:
      return at::kShort;
    case onnx::TensorProto::INT8:
      return at::kChar;
    case onnx::TensorProto::UINT8:
      return at::kByte;
    case onnx::TensorProto::BOOL:
      return at::kBool;
    default:
      return std::nullopt;
  }
}

/// Elements of a shape; Error unless it is one. No tensor is made before its data are known to be there.
std::int64_t element_count(const onnx::TensorProto& proto, const std::string& where) {
  std::int64_t count = 1;
  for (const auto dim : proto.dims())
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count) || count > std::numeric_limits<std::int32_t>::max())
      fail(where, "a shape whose data fit the file", "dimension " + std::to_string(dim));
  return count;
}

/// Typed fields keep small types one to an int32 (half floats as their bits).
template <class Stored, class Field>
void copy_typed(const Field& field, at::Tensor& out, const std::string& where) {
  if (field.size() != out.numel()) fail(where, std::to_string(out.numel()) + " values", std::to_string(field.size()));
  auto* to = static_cast<Stored*>(out.data_ptr());
  for (const auto value : field) *to++ = static_cast<Stored>(value);
}

at::Tensor tensor_of(const onnx::TensorProto& proto, at::ScalarType type, const std::string& where) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0)
    fail(where, "weights inside the file (save the model as one file)", "external data");
  const auto count = element_count(proto, where);
  const auto available = proto.has_raw_data() ? std::int64_t(proto.raw_data().size()) / std::int64_t(c10::elementSize(type))
                                              : std::int64_t(proto.float_data_size()) + proto.int32_data_size() + proto.int64_data_size() +
                                                    proto.double_data_size();
  if (available != count) fail(where, std::to_string(count) + " values", std::to_string(available));

  at::Tensor out = at::empty(std::vector<std::int64_t>(proto.dims().begin(), proto.dims().end()), type);
  if (proto.has_raw_data()) {
    if (proto.raw_data().size() != out.nbytes())
      fail(where, std::to_string(out.nbytes()) + " bytes", std::to_string(proto.raw_data().size()));
    if (type == at::kBool)
      for (const char byte : proto.raw_data())
        if (byte != 0 && byte != 1) fail(where, "booleans of 0 and 1", std::to_string(int(byte)));
    if (count > 0) std::memcpy(out.data_ptr(), proto.raw_data().data(), out.nbytes());
    return out;
  }
  switch (type) {
    case at::kFloat:
      copy_typed<float>(proto.float_data(), out, where);
      break;
    case at::kDouble:
      copy_typed<double>(proto.double_data(), out, where);
      break;
    case at::kLong:
      copy_typed<std::int64_t>(proto.int64_data(), out, where);
      break;
    case at::kInt:
      copy_typed<std::int32_t>(proto.int32_data(), out, where);
      break;
    case at::kShort:
      copy_typed<std::int16_t>(proto.int32_data(), out, where);
      break;
    case at::kChar:
      copy_typed<std::int8_t>(proto.int32_data(), out, where);
      break;
    case at::kByte:
      copy_typed<std::uint8_t>(proto.int32_data(), out, where);
      break;
    case at::kBool:
      copy_typed<bool>(proto.int32_data(), out, where);
      break;
    default:
      copy_typed<std::uint16_t>(proto.int32_data(), out, where);  // half and bfloat16: bits
  }
  return out;
}

void add_tensor(OnnxFile& file, std::set<std::string>& seen, const std::string& name, const onnx::TensorProto& proto) {
  const std::string where = file.path + ", tensor " + name;
  if (!seen.insert(name).second) fail(where, "each name once", "two tensors");
  if (const auto type = scalar_type(proto.data_type()))
    file.tensors.add(name, tensor_of(proto, *type, where));
  else
    file.skipped.push_back(name);
}

void add_constant(OnnxFile& file, std::set<std::string>& seen, const onnx::NodeProto& node) {
  if (node.output_size() != 1) fail(file.path + ", node " + node.name(), "a Constant with one output", std::to_string(node.output_size()));
  const auto& name = node.output(0);
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "value" && attribute.has_t()) {
      add_tensor(file, seen, name, attribute.t());
    } else if (attribute.name().starts_with("value")) {
      // The shorthand forms: a number or a list of numbers in the attribute itself.
      at::Tensor value;
      if (attribute.name() == "value_float") value = at::tensor(attribute.f(), at::kFloat);
      if (attribute.name() == "value_int") value = at::tensor(attribute.i(), at::kLong);
      if (attribute.name() == "value_floats") value = at::tensor(std::vector<float>(attribute.floats().begin(), attribute.floats().end()));
      if (attribute.name() == "value_ints") value = at::tensor(std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end()));
      if (!seen.insert(name).second) fail(file.path + ", tensor " + name, "each name once", "two tensors");
      if (value.defined())
        file.tensors.add(name, value);
      else
        file.skipped.push_back(name);
    }
  }
}

OnnxPort port_of(const onnx::ValueInfoProto& info) {
  OnnxPort port{.name = info.name(), .dims = {}};
  for (const auto& dim : info.type().tensor_type().shape().dim()) port.dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  return port;
}

}  // namespace

OnnxFile read_onnx(const std::filesystem::path& path) {
  OnnxFile file;
  file.path = path.string();
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail(file.path, "", "no such file, or no right to read it");
  onnx::ModelProto model;
  if (!model.ParseFromIstream(&stream)) fail(file.path, "an ONNX model", "a file that is cut off or not ONNX");
  // Any few bytes may parse as a message of unknown fields, and a file cut between two fields still parses.
  if (!model.has_graph() || model.ir_version() <= 0) fail(file.path, "an ONNX model", "no graph");
  if (model.ir_version() >= 3 && model.opset_import_size() == 0) fail(file.path, "an ONNX model", "no operator set (cut off?)");

  std::set<std::string> seen;
  for (const auto& initializer : model.graph().initializer()) add_tensor(file, seen, initializer.name(), initializer);
  for (const auto& port : model.graph().input())
    if (!seen.contains(port.name())) file.inputs.push_back(port_of(port));
  for (const auto& node : model.graph().node())
    if (node.op_type() == "Constant") add_constant(file, seen, node);
  for (const auto& port : model.graph().output()) file.outputs.push_back(port_of(port));
  for (auto& output : file.outputs)
    for (const auto& node : model.graph().node())
      if (std::ranges::find(node.output(), output.name) != node.output().end()) output.node = node.name();
  for (const auto& entry : model.metadata_props()) file.metadata[entry.key()] = entry.value();
  return file;
}

StateDict import_onnx(const OnnxFile& file, std::span<const OnnxWeightRule> rules) {
  StateDict out;
  for (const auto& rule : rules) {
    const auto error = [&](std::string expected, std::string got) {
      return Error({.what = "cannot import ONNX weights",
                    .where = file.path + ", tensor " + std::string(rule.onnx_name) + " for parameter " + std::string(rule.parameter),
                    .expected = std::move(expected),
                    .got = std::move(got)});
    };
    const auto* found = file.tensors.find(rule.onnx_name);
    if (!found) throw error("a tensor of this name", "none (is this the file that the table was made for?)");
    at::Tensor tensor = *found;
    if (rule.change == OnnxWeightRule::flatten) {
      if (std::ranges::count_if(tensor.sizes(), [](std::int64_t size) { return size != 1; }) > 1)
        throw error("one dimension that is not 1", "shape " + detail::shape_text(tensor.sizes()));
      tensor = tensor.reshape({-1});
    } else if (rule.change == OnnxWeightRule::transpose) {
      if (tensor.dim() != 2) throw error("two dimensions", "shape " + detail::shape_text(tensor.sizes()));
      tensor = tensor.t().contiguous();
    }
    out.add(std::string(rule.parameter), std::move(tensor));
  }
  return out;
}

}  // namespace scriba::io
