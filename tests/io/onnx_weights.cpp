#include <scriba/io/onnx_weights.hpp>

#include <doctest/doctest.h>
#include <onnx/onnx_pb.h>
#include <torch/torch.h>

#include <array>
#include <filesystem>

#include "io/temporary_folder.hpp"
#include "support/golden.hpp"

namespace {

using scriba::io::OnnxWeightRule;
using Type = onnx::TensorProto;

onnx::TensorProto tensor_proto(const std::string& name, int type, std::vector<std::int64_t> dims, const std::string& raw) {
  onnx::TensorProto out;
  out.set_name(name);
  out.set_data_type(type);
  for (const auto dim : dims) out.add_dims(dim);
  out.set_raw_data(raw);
  return out;
}

std::string raw(const torch::Tensor& tensor) {
  const auto whole = tensor.contiguous();
  return {static_cast<const char*>(whole.data_ptr()), whole.nbytes()};
}

onnx::NodeProto& constant(onnx::ModelProto& model, const std::string& name) {
  auto& node = *model.mutable_graph()->add_node();
  node.set_op_type("Constant");
  node.add_output(name);
  return node;
}

onnx::ModelProto small_model() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  auto* entry = model.add_metadata_props();
  entry->set_key("character");
  entry->set_value("a\nb\né");
  auto& graph = *model.mutable_graph();
  *graph.add_initializer() = tensor_proto("w", Type::FLOAT, {2, 3}, raw(torch::arange(6, torch::kFloat)));
  *graph.add_initializer() = tensor_proto("bias", Type::FLOAT, {1, 3, 1, 1}, raw(torch::tensor({1.f, 2.f, 3.f})));
  *graph.add_initializer() = tensor_proto("half", Type::FLOAT16, {2}, raw(torch::tensor({0.5f, -2.f}).to(torch::kHalf)));
  *graph.add_initializer() = tensor_proto("empty", Type::INT64, {0}, "");
  auto& typed = *graph.add_initializer();
  typed.set_name("typed");
  typed.set_data_type(Type::FLOAT);
  typed.add_dims(2);
  typed.add_float_data(1.5f);
  typed.add_float_data(-3.f);
  auto& bits = *graph.add_initializer();
  bits.set_name("typed_bfloat16");
  bits.set_data_type(Type::BFLOAT16);
  bits.add_int32_data(0x3F80);  // 1
  auto& words = *graph.add_initializer();
  words.set_name("words");
  words.set_data_type(Type::STRING);
  words.add_dims(1);
  words.add_string_data("x");

  auto& value = *constant(model, "constant").add_attribute();
  value.set_name("value");
  *value.mutable_t() = tensor_proto("", Type::INT64, {}, raw(torch::tensor(std::int64_t{-7})));
  auto& number = *constant(model, "number").add_attribute();
  number.set_name("value_float");
  number.set_f(0.25f);
  auto& list = *constant(model, "list").add_attribute();
  list.set_name("value_ints");
  list.add_ints(4);
  list.add_ints(5);

  auto& input = *graph.add_input();
  input.set_name("x");
  auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
  shape.add_dim()->set_dim_param("batch");
  shape.add_dim()->set_dim_value(3);
  graph.add_input()->set_name("w");  // old exporters list initialisers as inputs
  graph.add_output()->set_name("y");
  return model;
}

std::filesystem::path save(const TemporaryFolder& folder, const onnx::ModelProto& model) {
  return folder.file("model.onnx", model.SerializeAsString());
}

std::string refusal(const std::filesystem::path& path) {
  try {
    scriba::io::read_onnx(path);
  } catch (const scriba::Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("initialisers, constants, metadata and ports are read") {
  const TemporaryFolder folder;
  const auto file = scriba::io::read_onnx(save(folder, small_model()));
  CHECK(torch::equal(file.tensors.at("w"), torch::arange(6, torch::kFloat).reshape({2, 3})));
  CHECK(torch::equal(file.tensors.at("half").to(torch::kFloat), torch::tensor({0.5f, -2.f})));
  CHECK(file.tensors.at("empty").numel() == 0);
  CHECK(torch::equal(file.tensors.at("typed"), torch::tensor({1.5f, -3.f})));
  CHECK(file.tensors.at("typed_bfloat16").item<float>() == 1);
  CHECK(file.tensors.at("constant").item<std::int64_t>() == -7);
  CHECK(file.tensors.at("number").item<float>() == 0.25f);
  CHECK(torch::equal(file.tensors.at("list"), torch::tensor(std::vector<std::int64_t>{4, 5})));
  CHECK(file.skipped == std::vector<std::string>{"words"});
  CHECK(file.metadata.at("character") == "a\nb\né");
  REQUIRE(file.inputs.size() == 1);
  CHECK(file.inputs[0].name == "x");
  CHECK(file.inputs[0].dims == std::vector<std::int64_t>{-1, 3});
  REQUIRE(file.outputs.size() == 1);
  CHECK(file.outputs[0].name == "y");
}

TEST_CASE("rules give parameter names and shapes") {
  const TemporaryFolder folder;
  const auto file = scriba::io::read_onnx(save(folder, small_model()));
  constexpr std::array<OnnxWeightRule, 3> rules{
      {{"bias", "conv.bias", OnnxWeightRule::flatten}, {"w", "fc.weight", OnnxWeightRule::transpose}, {"typed", "fc.bias"}}};
  const auto weights = scriba::io::import_onnx(file, rules);
  REQUIRE(weights.size() == 3);
  CHECK(weights.begin()->first == "conv.bias");
  CHECK(torch::equal(weights.at("conv.bias"), torch::tensor({1.f, 2.f, 3.f})));
  CHECK(torch::equal(weights.at("fc.weight"), torch::tensor({{0.f, 3.f}, {1.f, 4.f}, {2.f, 5.f}})));
  CHECK(weights.at("fc.weight").is_contiguous());

  const auto refused = [&](OnnxWeightRule rule) {
    try {
      scriba::io::import_onnx(file, std::array{rule});
    } catch (const scriba::Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(refused({"gone", "conv.bias"}).find("tensor gone for parameter conv.bias") != std::string::npos);
  CHECK(refused({"w", "x", OnnxWeightRule::flatten}).find("got shape [2, 3]") != std::string::npos);
  CHECK(refused({"bias", "x", OnnxWeightRule::transpose}).find("two dimensions") != std::string::npos);
}

TEST_CASE("files that contradict themselves are refused") {
  const TemporaryFolder folder;
  auto model = small_model();
  auto& first = *model.mutable_graph()->mutable_initializer(0);
  SUBCASE("too few bytes") {
    first.set_raw_data("abc");
    CHECK(refusal(save(folder, model)).find("tensor w") != std::string::npos);
  }
  SUBCASE("too many bytes") {
    first.set_raw_data(first.raw_data() + "abc");
    CHECK(refusal(save(folder, model)) != "no error");
  }
  SUBCASE("a huge shape") {
    first.set_dims(0, std::int64_t{1} << 62);
    CHECK(refusal(save(folder, model)) != "no error");
  }
  SUBCASE("a negative shape") {
    first.set_dims(0, -2);
    first.set_dims(1, -3);
    CHECK(refusal(save(folder, model)) != "no error");
  }
  SUBCASE("external data") {
    first.clear_raw_data();
    first.set_data_location(Type::EXTERNAL);
    CHECK(refusal(save(folder, model)).find("external data") != std::string::npos);
  }
  SUBCASE("one name twice") {
    *model.mutable_graph()->add_initializer() = first;
    CHECK(refusal(save(folder, model)).find("two tensors") != std::string::npos);
  }
  SUBCASE("a bool of 2") {
    *model.mutable_graph()->add_initializer() = tensor_proto("flag", Type::BOOL, {1}, "\x02");
    CHECK(refusal(save(folder, model)) != "no error");
  }
  SUBCASE("no graph") {
    model.clear_graph();
    CHECK(refusal(save(folder, model)).find("no graph") != std::string::npos);
  }
}

TEST_CASE("cut off anywhere, filled with anything: an error or a model, never a crash") {
  const TemporaryFolder folder;
  auto model = small_model();
  model.clear_metadata_props();  // comes last: without it, a file cut there is whole
  const auto bytes = model.SerializeAsString();
  const auto read = [&](const std::string& content) { return refusal(folder.file("damaged.onnx", content)); };
  for (std::size_t i = 0; i < bytes.size(); ++i) CHECK(read(bytes.substr(0, i)) != "no error");
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const int flip : {0x01, 0x80, 0xFF}) {
      auto damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      read(damaged);
    }
  CHECK(read("") != "no error");
  CHECK(read(std::string(1000, '\xFF')) != "no error");
  CHECK(refusal(folder / "none.onnx").find("no such file") != std::string::npos);
}

TEST_CASE("the models of the RapidOCR package") {
  const auto models = std::filesystem::path(SCRIBA_DEPS) / "rapidocr-3.10.0/rapidocr/models";
  if (golden::absent(models)) return;
  const auto detector = scriba::io::read_onnx(models / "PP-OCRv6_det_small.onnx");
  REQUIRE(detector.inputs.size() == 1);
  CHECK(detector.inputs[0].dims == std::vector<std::int64_t>{-1, 3, -1, -1});
  CHECK(detector.tensors.at("conv2d_112.w_0").sizes() == at::IntArrayRef{24, 3, 3, 3});
  const auto recogniser = scriba::io::read_onnx(models / "PP-OCRv6_rec_small.onnx");
  CHECK(recogniser.metadata.contains("character"));
  // This one has no initialisers: its weights are values of Constant nodes.
  const auto direction = scriba::io::read_onnx(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx");
  CHECK(direction.tensors.at("conv1_weights").sizes() == at::IntArrayRef{8, 3, 3, 3});
  CHECK(direction.tensors.size() > 213);
}
