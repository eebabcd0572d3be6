#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include <onnx/onnx_pb.h>
#include <opencv2/core/utils/logger.hpp>

#include <scriba/concepts.hpp>
#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include "deploy/networks.hpp"
#include "engine/one_layer.hpp"
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using engine::OpenCvDnn;
using engine_tests::one_layer;

static_assert(Engine<OpenCvDnn>);

TEST_CASE("OpenCV's dnn module gives what the network gives, at every size, under the names of the outputs") {
  if (!OpenCvDnn::available()) {
    MESSAGE("skipped: this OpenCV has no dnn module");
    return;
  }
  const TemporaryFolder folder;
  for (const auto& network : {deploy_tests::detector("db-mobilenet-v3-small"), deploy_tests::detector("pan-mobilenet-v3-small"),
                              deploy_tests::detector("pp-ocr-v6"), deploy_tests::recognizer("crnn-mobilenet-v3-small")}) {
    CAPTURE(network.name);
    deploy::write_onnx(folder / "net.onnx", network.traced());
    const OpenCvDnn engine(folder / "net.onnx", {.sizes = 2});  // fewer than the sizes that follow
    CHECK(difference(engine, network) < 1e-4);
    CHECK(difference(engine, network) < 1e-4);
  }
}

TEST_CASE("OpenCV's dnn module may be called from several threads") {
  if (!OpenCvDnn::available()) {
    MESSAGE("skipped: this OpenCV has no dnn module");
    return;
  }
  const TemporaryFolder folder;
  const auto network = deploy_tests::detector("db-mobilenet-v3-small");
  deploy::write_onnx(folder / "net.onnx", network.traced());
  const OpenCvDnn engine(folder / "net.onnx");
  const auto batch = torch::rand(network.example);
  const auto expected = engine.run(batch);
  std::vector<double> differences(3);
  {
    std::vector<std::jthread> threads;
    for (auto& largest : differences)
      threads.emplace_back([&] {
        for (int i = 0; i < 3; ++i) largest = deploy_tests::worse(largest, deploy_tests::difference(engine.run(batch), expected));
      });
  }
  for (const double largest : differences) CHECK(largest == 0);
}

TEST_CASE("files that are no networks, and batches that do not fit, are errors") {
  const TemporaryFolder folder;
  if (!OpenCvDnn::available()) {
    CHECK(message([&] { OpenCvDnn(folder / "none.onnx"); }).find("built without OpenCV's dnn module") != std::string::npos);
    return;
  }
  CHECK(message([&] { OpenCvDnn(folder / "none.onnx"); }).find((folder / "none.onnx").string()) != std::string::npos);
  const auto words = folder.file("words.onnx", "these are words");
  CHECK(message([&] { OpenCvDnn{words}; }).find(words.string()) != std::string::npos);
  const auto network = deploy_tests::detector("db-mobilenet-v3-small");
  deploy::write_onnx(folder / "net.onnx", network.traced());
  CHECK(message([&] { OpenCvDnn(folder / "net.onnx", {.sizes = 0}); }) == "bad OpenCV dnn options: expected sizes >= 1, got 0");
  const OpenCvDnn engine(folder / "net.onnx");
  CHECK(message([&] {
          engine.run(torch::rand({1, 5, 64, 64}));
        }).find(" does not run this network with this batch: " + (folder / "net.onnx").string() + ", batch [1, 5, 64, 64]: got ") !=
        std::string::npos);
}

TEST_CASE("OpenCV says again what it said before, when several engines ran at once") {
  if (!OpenCvDnn::available()) {
    MESSAGE("skipped: this OpenCV has no dnn module");
    return;
  }
  const TemporaryFolder folder;
  const auto file = folder.file("relu.onnx", one_layer("Relu").SerializeAsString());
  const OpenCvDnn first(file), second(file);
  namespace log = cv::utils::logging;
  const auto before = log::setLogLevel(log::LOG_LEVEL_WARNING);
  {
    std::vector<std::jthread> threads;
    for (const auto* engine : {&first, &second})
      threads.emplace_back([engine] {
        const auto batch = torch::rand({1, 3, 16, 16});
        for (int i = 0; i < 500; ++i) engine->run(batch);
      });
  }
  CHECK(log::setLogLevel(before) == log::LOG_LEVEL_WARNING);
}

TEST_CASE("whatever stops OpenCV or the work before it is an Error") {
  if (!OpenCvDnn::available()) {
    MESSAGE("skipped: this OpenCV has no dnn module");
    return;
  }
  const TemporaryFolder folder;
  auto nowhere = one_layer("Relu");
  nowhere.mutable_graph()->mutable_node(0)->set_domain("nowhere");  // what fills in the sizes throws something of its own
  auto reshape = one_layer("Reshape");
  auto& shape = *reshape.mutable_graph()->add_initializer();
  shape.set_name("shape");
  shape.add_dims(1);
  shape.set_data_type(onnx::TensorProto::INT64);
  shape.add_int64_data(7);
  reshape.mutable_graph()->mutable_node(0)->add_input("shape");
  for (const auto& model : {nowhere, reshape, one_layer("NoSuchLayer")}) {
    const OpenCvDnn engine(folder.file("net.onnx", model.SerializeAsString()));
    CHECK(message([&] {
            engine.run(torch::rand({1, 3, 16, 16}));
          }).find(" does not run this network with this batch: " + (folder / "net.onnx").string() + ", batch [1, 3, 16, 16]: got ") !=
          std::string::npos);
  }
}
