#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include <scriba/backbone/mobile_net_v3_line.hpp>
#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/io/onnx_weights.hpp>
#include <scriba/io/weights.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/neck/stacked_bi_lstm.hpp>
#include <scriba/nn/deform_conv.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/recognizer.hpp>
#include <scriba/rectify/rectified.hpp>
#include <scriba/rectify/tps.hpp>
#include "deploy/networks.hpp"
#include "deploy/onnx_runtime.hpp"
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using deploy_tests::Network;

namespace {

onnx::ModelProto parsed(const std::filesystem::path& path) {
  onnx::ModelProto model;
  std::ifstream file(path, std::ios::binary);
  REQUIRE(model.ParseFromIstream(&file));
  return model;
}

// A network of one expression, without weights.
template <class Forward>
deploy::Traced traced(const Forward& forward, deploy_tests::Sizes example, std::vector<deploy_tests::Sizes> others) {
  torch::nn::Linear module(1, 1);
  module->eval();
  return deploy::trace(
      *module,
      [&](const at::Tensor& x) -> NamedTensors {
        return {{"y", forward(x)}};
      },
      torch::rand(example), others);
}

// What the file computes is what the expression computes.
template <class Forward>
void check_expression(const Forward& forward, deploy_tests::Sizes example, const std::vector<deploy_tests::Sizes>& others) {
  const TemporaryFolder folder;
  deploy::write_onnx(folder / "net.onnx", traced(forward, std::move(example), others));
  if (!engine::OpenVino::available()) return;
  const engine::OpenVino engine(folder / "net.onnx");
  for (const auto& size : others) {
    const auto image = torch::rand(size);
    CHECK(golden::largest_difference(engine.run(image)[0].value, forward(image)) < 1e-5);
  }
}

void require_equal(const Network& network, const deploy::OnnxOptions& options = {}, double tolerance = 1e-4) {
  if (!engine::OpenVino::available()) {
    MESSAGE("skipped: built without OpenVINO");
    return;
  }
  const TemporaryFolder folder;
  deploy::write_onnx(folder / "net.onnx", network.traced(), options);
  CHECK_MESSAGE(difference(engine::OpenVino(folder / "net.onnx"), network) < tolerance, network.name);
}

}  // namespace

TEST_CASE("ONNX files of detectors compute what the networks compute, at other sizes and in batches") {
  for (const auto* name : {"pp-ocr-v6", "db-mobilenet-v3-small", "db-resnet18-dcn"}) require_equal(deploy_tests::detector(name));
}

TEST_CASE("ONNX files of recognisers compute what the networks compute, at other widths and in batches") {
  for (const auto* name : {"pp-ocr-v6", "crnn-mobilenet-v3-small"}) require_equal(deploy_tests::recognizer(name));
}

TEST_CASE("a rectifier goes along: the thin-plate spline follows the size of the line") {
  using Straightened = rectify::Rectified<rectify::Tps, backbone::MobileNetV3LineSmall>;
  using Model = Recognizer<Straightened, neck::StackedBiLstm<48>, head::Ctc, loss::Ctc, postprocess::CtcText>;
  for (const auto sampling : {rectify::TpsSampling::exact, rectify::TpsSampling::reference}) {
    torch::manual_seed(1);
    Model::Options options;
    options.backbone.rectifier = {.planes = 3, .sampling = sampling};
    options.head.classes = 4;
    options.postprocess.alphabet = Alphabet::from_line("abc");
    const auto model = std::make_shared<Model>(options);
    {
      const torch::NoGradGuard no_gradients;  // lines bend, each in its own way
      for (const auto* name : {"loc_net.fc2.weight", "grid_generator.fc.weight"})
        model->named_parameters()["backbone.rectifier." + std::string(name)].normal_(0, 0.05);
    }
    const Network network{.name = "rectified",
                          .module = model,
                          .forward = [model](const at::Tensor& image) { return named_tensors(model->forward(image)); },
                          .fold = [model] { model->fold(); },
                          .example = {1, 3, 32, 96},
                          .unseen = {{2, 3, 32, 160}, {7, 3, 32, 64}, {1, 3, 32, 320}}};
    settle(network);
    const auto image = at::rand({1, 3, 32, 96});
    const auto bent = model->backbone()->rectifier()->forward(image);
    CHECK((bent - image).abs().mean().item<double>() > 0.02);
    network.fold();
    require_equal(network, {}, 1e-3);  // OpenVINO takes float64 for float32, which the spline's matrix is too badly conditioned for
    if (deploy_tests::OnnxRuntime::python()) {
      const TemporaryFolder folder;
      deploy::write_onnx(folder / "net.onnx", network.traced());
      CHECK(difference(deploy_tests::OnnxRuntime(folder / "net.onnx"), network) < 1e-4);
    }
  }
}

TEST_CASE("a folded network has no batch norms in its file") {
  const auto network = deploy_tests::detector("pp-ocr-v4");
  const TemporaryFolder folder;
  const auto norms = [&] {
    deploy::write_onnx(folder / "net.onnx", network.traced());
    const auto model = parsed(folder / "net.onnx");
    int count = 0;
    for (const auto& node : model.graph().node()) count += node.op_type() == "BatchNormalization" ? 1 : 0;
    return count;
  };
  CHECK(norms() > 10);
  network.fold();
  CHECK(norms() == 0);
}

TEST_CASE("names in the file: image, the head's fields, the state_dict, modules; sizes are open") {
  const auto network = deploy_tests::detector("sast-resnet50");
  auto traced = network.traced();
  traced.metadata["scriba.architecture"] = "sast-resnet50";
  const TemporaryFolder folder;
  deploy::write_onnx(folder / "net.onnx", traced);
  const auto file = io::read_onnx(folder / "net.onnx");
  REQUIRE(file.inputs.size() == 1);
  CHECK(file.inputs[0].name == "image");
  CHECK(file.inputs[0].dims == std::vector<std::int64_t>{-1, 3, -1, -1});
  std::vector<std::string> outputs;
  for (const auto& output : file.outputs) outputs.push_back(output.name);
  CHECK(outputs == std::vector<std::string>{"score", "border", "tvo", "tco"});
  CHECK(file.outputs[2].dims == std::vector<std::int64_t>{-1, 8, -1, -1});
  CHECK(file.metadata.at("scriba.architecture") == "sast-resnet50");
  CHECK(file.metadata.at("scriba.outputs") == R"(["score","border","tvo","tco"])");
  for (const auto& [name, tensor] : io::state_dict(*network.module)) {
    if (name.ends_with("num_batches_tracked")) continue;  // no operation reads it
    const auto* found = file.tensors.find(name);
    REQUIRE_MESSAGE(found != nullptr, name);
    CHECK(torch::equal(*found, tensor));
  }
  const auto model = parsed(folder / "net.onnx");
  CHECK(model.opset_import(0).version() == 17);
  CHECK(model.graph().node(0).name().starts_with("backbone."));
  CHECK(model.graph().node(0).name().ends_with("/Conv"));
}

TEST_CASE("weights in half precision: half the file, nearly the same results") {
  const auto network = deploy_tests::detector("pp-ocr-v6");
  const TemporaryFolder folder;
  const auto traced = network.traced();
  deploy::write_onnx(folder / "full.onnx", traced);
  deploy::write_onnx(folder / "half.onnx", traced, {.half_weights = true});
  const auto full = std::filesystem::file_size(folder / "full.onnx"), half = std::filesystem::file_size(folder / "half.onnx");
  CHECK(10 * half < 6 * full);
  require_equal(network, {.half_weights = true}, 0.02);
}

TEST_CASE("deformable convolutions may stay operators, in operator set 19") {
  const auto network = deploy_tests::detector("db-resnet18-dcn");
  const TemporaryFolder folder;
  deploy::write_onnx(folder / "net.onnx", network.traced(), {.deform_conv = true});
  const auto model = parsed(folder / "net.onnx");
  CHECK(model.opset_import(0).version() == 19);
  int count = 0;
  for (const auto& node : model.graph().node())
    if (node.op_type() == "DeformConv") {
      ++count;
      REQUIRE(node.input_size() == 5);  // input, weight, offset, no bias, mask
      CHECK(node.input(1).ends_with("conv2.weight"));
      CHECK(node.input(3).empty());
    }
  CHECK(count > 3);
}

TEST_CASE("hard sigmoids are one operation, with their slope") {
  const auto file = [](double slope) {
    const TemporaryFolder folder;
    deploy::write_onnx(folder / "net.onnx",
                       traced([=](const at::Tensor& x) { return at::clamp(x * slope + 0.5, 0, 1); }, {1, 1, 4, 4}, {{2, 1, 4, 4}}));
    return parsed(folder / "net.onnx").graph();
  };
  const auto graph = file(0.2);
  REQUIRE(graph.node_size() == 1);
  CHECK(graph.node(0).op_type() == "HardSigmoid");
  CHECK(graph.node(0).attribute(0).f() == 0.2f);
  CHECK(graph.initializer_size() == 0);
  CHECK(graph.output(0).name() == "y");
}

TEST_CASE("an operator without an ONNX form is named with its module, and no file is left") {
  const TemporaryFolder folder;
  const auto refused = message([&] {
    deploy::write_onnx(folder / "net.onnx", traced([](const at::Tensor& x) { return at::lgamma(x); }, {1, 1, 4, 4}, {}));
  });
  CHECK(refused == "cannot write this network as ONNX: operator aten::lgamma, before any layer: got an operator without a converter");
  torch::nn::Sequential layers(torch::nn::Linear(4, 4));
  layers->eval();
  const auto in_layer = deploy::trace(*layers,
                                      [&](const at::Tensor& x) -> NamedTensors {
                                        return {{"y", at::sinc(layers->forward(x))}};
                                      },
                                      torch::rand({1, 1, 4, 4}), {});
  CHECK(message([&] { deploy::write_onnx(folder / "net.onnx", in_layer); }) ==
        "cannot write this network as ONNX: operator aten::sinc, in or after module 0: got an operator without a converter");
  CHECK(!std::filesystem::exists(folder / "net.onnx"));
  CHECK(message([&] {
          deploy::write_onnx(folder / "no" / "net.onnx", traced([](const at::Tensor& x) { return x * 2; }, {1, 1, 4, 4}, {}));
        }).starts_with("cannot write an ONNX file: "));
}

TEST_CASE("writing into a part of a tensor is refused, as ONNX has no memory; what nobody else reads may be written into") {
  const TemporaryFolder folder;
  const auto refused = [&](const auto& forward) {
    return message([&] { deploy::write_onnx(folder / "net.onnx", traced(forward, {1, 2, 4, 4}, {})); });
  };
  const char* why = "writing into a tensor of which another part, or the whole, is read later";
  CHECK(refused([](const at::Tensor& x) {
          auto y = x * 1;
          y.narrow(1, 0, 1).mul_(2);
          return y;
        }).ends_with(why));
  CHECK(refused([](const at::Tensor& x) {
          auto y = x * 1;
          const auto part = y.select(1, 0);
          y.relu_();
          return part;
        }).ends_with(why));
  CHECK(refused([](const at::Tensor& x) {
          auto y = x * 1 - 0.5;
          return y.relu_() + y.flatten(2).mul_(2).view_as(y);
        }).ends_with(why));
  const auto allowed = [](const at::Tensor& x) {
    auto y = x - 0.5;
    y.relu_();
    const auto parts = y.chunk(2, 1);
    return parts[0].mul_(2) + parts[1];
  };
  check_expression(allowed, {1, 2, 4, 4}, {{2, 2, 4, 4}});
}

TEST_CASE("operations one by one") {
  check_expression([](const at::Tensor& x) { return at::rsub(x, x.square(), 3); }, {1, 2, 4, 4}, {{2, 2, 4, 6}});
  check_expression([](const at::Tensor& x) { return at::rsub(x, 2, 3); }, {1, 2, 4, 4}, {{2, 2, 4, 6}});
  check_expression([](const at::Tensor& x) { return x.narrow(3, 1, 2) - x.narrow(-2, 0, 4).select(3, 0).unsqueeze(3); }, {1, 2, 4, 4},
                   {{2, 2, 4, 6}});
  check_expression([](const at::Tensor& x) { return std::get<0>(at::adaptive_max_pool2d(x, {1, 1})); }, {1, 2, 4, 4}, {{2, 2, 4, 6}});
  check_expression([](const at::Tensor& x) { return x.to(at::kLong).cumsum(3, at::kFloat) + x.cumsum(2); }, {1, 2, 4, 4}, {{2, 2, 4, 6}});
  const TemporaryFolder folder;
  CHECK(message([&] {
          deploy::write_onnx(folder / "net.onnx", traced(
                                                      [](const at::Tensor& x) {
                                                        return std::get<1>(at::adaptive_max_pool2d(x, {1, 1}));
                                                      },
                                                      {1, 2, 4, 4}, {}));
        }).ends_with("got its output number 1"));
}

TEST_CASE("one tensor may be two outputs") {
  torch::nn::Linear module(1, 1);
  module->eval();
  const auto twice = [](const at::Tensor& x) -> NamedTensors {
    const auto y = x + 1;
    return {{"first", y}, {"second", y}, {"third", x}};
  };
  const TemporaryFolder folder;
  deploy::write_onnx(folder / "net.onnx", deploy::trace(*module, twice, torch::rand({1, 1, 4, 4}), {}));
  if (!engine::OpenVino::available()) return;
  const auto image = torch::rand({1, 1, 4, 4});
  CHECK(deploy_tests::difference(engine::OpenVino(folder / "net.onnx").run(image), twice(image)) < 1e-6);
}

TEST_CASE("operator set 19: a deformable convolution beside a layer norm and a mean computes what the network computes") {
  torch::manual_seed(4);
  struct Net : torch::nn::Module {
    std::shared_ptr<nn::DeformConv2dImpl> deform;
    torch::nn::Conv2d offsets{nullptr};
    Net() {
      const auto options = torch::nn::Conv2dOptions(4, 6, 3).padding(1).stride(2);
      deform = register_module("deform", std::make_shared<nn::DeformConv2dImpl>(options));
      offsets = register_module("offsets", torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 27, 3).padding(1).stride(2)));
    }
  } net;
  net.eval();
  const auto forward = [&](const at::Tensor& x) -> NamedTensors {
    const auto places = net.offsets->forward(x);
    const auto y = net.deform->forward(x, places.slice(1, 0, 18), places.slice(1, 18).sigmoid());
    const auto normed = at::layer_norm(y.permute({0, 2, 3, 1}), {6});
    return {{"y", normed + y.mean(c10::IntArrayRef{2, 3}).unsqueeze(1).unsqueeze(1)}};
  };
  const TemporaryFolder folder;
  deploy::write_onnx(folder / "net.onnx", deploy::trace(net, forward, torch::rand({1, 4, 8, 8}), {{2, 4, 8, 16}, {1, 4, 16, 8}}),
                     {.deform_conv = true});
  if (!deploy_tests::OnnxRuntime::python()) {
    MESSAGE("results skipped: SCRIBA_PYTHON names no Python with onnxruntime, onnx and numpy");
    return;
  }
  const auto image = torch::rand({2, 4, 10, 12});
  const torch::NoGradGuard no_gradients;
  CHECK(deploy_tests::difference(deploy_tests::OnnxRuntime(folder / "net.onnx").run(image), forward(image)) < 1e-4);
}

TEST_CASE("a file that was cut off is an error") {
  if (!engine::OpenVino::available()) {
    MESSAGE("skipped: built without OpenVINO");
    return;
  }
  const TemporaryFolder folder;
  const auto network = deploy_tests::recognizer("crnn-mobilenet-v3-small");
  deploy::write_onnx(folder / "net.onnx", network.traced());
  const auto content = parsed(folder / "net.onnx").SerializeAsString();
  const auto cut = folder.file("cut.onnx", content.substr(0, content.size() / 2));
  CHECK(message([&] { engine::OpenVino{cut}; }).starts_with("cannot load a network: " + cut.string()));
  const engine::OpenVino engine(folder / "net.onnx");
  CHECK(message([&] { engine.run(torch::rand({1, 5, 32, 96})); }).find("the network does not take this batch") != std::string::npos);
}
