#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include <scriba/deploy/trace.hpp>
#include <scriba/io/weights.hpp>
#include "deploy/networks.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using deploy_tests::Network;

namespace {

std::map<std::string, at::Tensor> tensors(const torch::jit::Module& module) {
  std::map<std::string, at::Tensor> out;
  for (const auto& item : module.named_attributes())
    if (item.value.isTensor()) out[item.name] = item.value.toTensor();
  return out;
}

}  // namespace

TEST_CASE("a trace has the names and numbers of the state_dict, and follows every size") {
  const auto network = deploy_tests::detector("pp-ocr-v6");
  const auto traced = network.traced();
  const auto got = tensors(traced.module);
  const auto expected = io::state_dict(*network.module);
  CHECK(got.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    REQUIRE_MESSAGE(got.contains(name), name);
    CHECK(torch::equal(got.at(name), tensor));
  }
  CHECK(traced.input.name == "image");
  CHECK(traced.input.dims == std::vector<std::int64_t>{-1, 3, -1, -1});
  REQUIRE(traced.outputs.size() == 1);  // in evaluation DB has its probability map only
  CHECK(traced.outputs[0].name == "shrink");
  CHECK(traced.outputs[0].dims == std::vector<std::int64_t>{-1, 1, -1, -1});
}

TEST_CASE("a trace is a copy: what becomes of the model does not change it") {
  const auto network = deploy_tests::recognizer("crnn-mobilenet-v3-small");
  auto traced = network.traced();
  const torch::NoGradGuard no_gradients;
  const auto batch = torch::rand(network.example);
  const auto before = network.forward(batch)[0].value;
  for (auto& parameter : network.module->parameters()) parameter.zero_();
  CHECK((network.forward(batch)[0].value - before).abs().max().item<double>() > 1e-4);
  CHECK(torch::allclose(traced.module.forward({batch}).toTensor(), before, 0, 1e-6));
  CHECK(traced.input.dims == std::vector<std::int64_t>{-1, 1, 32, -1});
}

TEST_CASE("a network that does not follow the size of its input, or is in training mode, is refused") {
  torch::nn::Linear module(3, 3);
  const auto counts = [&](const at::Tensor& x) -> NamedTensors {  // the width as a number
    return {{"y", x * static_cast<double>(x.size(3))}};
  };
  CHECK(message([&] {
          deploy::trace(*module, counts, torch::rand({1, 1, 4, 4}), {});
        }).starts_with("cannot trace a network: expected evaluation mode"));
  module->eval();
  CHECK(message([&] {
          deploy::trace(*module, counts, torch::rand({4, 4}), {});
        }) == "cannot trace a network: example: expected [N, C, H, W], got [4, 4]");
  CHECK(
      message([&] {
        deploy::trace(*module, counts, torch::rand({1, 1, 4, 4}), {{1, 1, 4, 8}});
      }).starts_with("the traced network does not follow the size of its input: batch [1, 1, 4, 8], traced with [1, 1, 4, 4]: expected y"));
  const auto only_four = [](const at::Tensor& x) -> NamedTensors {
    if (x.size(3) != 4) throw Error({.what = "four columns"});
    return {{"y", x * 2}};
  };
  // A size that the network refuses proves nothing, and stays closed.
  const auto traced = deploy::trace(*module, only_four, torch::rand({1, 1, 4, 4}), {{2, 1, 4, 4}, {1, 1, 4, 8}});
  CHECK(traced.input.dims == std::vector<std::int64_t>{-1, 1, 4, 4});
}

TEST_CASE("the frozen form has no attributes and the same results") {
  const auto network = deploy_tests::detector("pp-ocr-v4");
  const auto traced = network.traced();
  auto frozen = deploy::frozen(traced);
  CHECK(tensors(frozen.module).empty());
  CHECK(!tensors(traced.module).empty());
  const torch::NoGradGuard no_gradients;
  const auto batch = torch::rand(network.unseen[0]);
  CHECK(deploy_tests::difference({{"shrink", frozen.module.forward({batch}).toTensor()}}, network.forward(batch)) < 1e-4);
}
