#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <scriba/backbone/mobile_net_v3.hpp>
#include <scriba/deploy/run_by.hpp>
#include <scriba/detector.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/engine/tensorrt.hpp>
#include <scriba/zoo/reference_detectors.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using engine::Kind;

namespace {

// The system's folder for temporary files is another one for the length of a test.
class TemporaryPlace {
 public:
  TemporaryPlace() {
    std::filesystem::create_directory(path());
    ::setenv("TMPDIR", path().c_str(), 1);
  }
  ~TemporaryPlace() { ::unsetenv("TMPDIR"); }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;

  std::filesystem::path path() const { return folder_ / "temporary"; }

 private:
  TemporaryFolder folder_;
};

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a composed model runs in another engine, and no file stays") {
  const TemporaryPlace place;
  const auto temporary = place.path();
  auto model = std::make_shared<zoo::DbMobileNetV3Small>(zoo::db_mobile_net_v3_small_options());
  const deploy_tests::Network network{"db",
                                      model,
                                      [model](const at::Tensor& images) { return named_tensors(model->forward(images)); },
                                      [model] { model->fold(); },
                                      {1, 3, 64, 64},
                                      {{2, 3, 64, 128}, {1, 3, 128, 128}}};
  settle(network);
  model->fold();
  const auto check = [&](Kind kind, const std::string& name) {
    const auto engine = deploy::run_by(*model, {.kind = kind});
    CHECK(engine.name() == name);
    CHECK(difference(engine, network) < 1e-4);
    CHECK(std::filesystem::is_empty(temporary));
  };
  check(Kind::libtorch, "TorchScript");
  check(Kind::automatic, engine::OpenVino::available() ? "OpenVINO" : "TorchScript");
  if (engine::OpenCvDnn::available()) check(Kind::opencv, "OpenCV dnn");
}

TEST_CASE("errors name the network, not the folder that is gone") {
  const TemporaryPlace place;
  const auto model = std::make_shared<zoo::DbMobileNetV3Small>(zoo::db_mobile_net_v3_small_options());
  model->eval();
  const auto refused = [&](const engine::Any& engine) { return message([&] { engine.run(torch::rand({1, 5, 64, 64})); }); };
  CHECK(refused(deploy::run_by(*model, {.kind = Kind::libtorch}))
            .starts_with("the network does not take this batch: network.pt, batch [1, 5, 64, 64]: got "));
  if (engine::OpenVino::available())
    CHECK(refused(deploy::run_by(*model)).find(": network.onnx, batch [1, 5, 64, 64]: got ") != std::string::npos);
  auto traced = deploy::trace(*model, torch::rand({1, 3, 64, 64}), "../my detector");
  CHECK(refused(deploy::run_by(traced, {.kind = Kind::libtorch})).find(": ---my-detector.pt, batch") != std::string::npos);
  traced.metadata.erase(deploy::kArchitectureKey);
  CHECK(refused(deploy::run_by(traced, {.kind = Kind::libtorch})).find(": network.pt, batch") != std::string::npos);
  if (!engine::TensorRt::available())
    CHECK(message([&] {
            deploy::run_by(*model, {.kind = Kind::tensorrt});
          }).starts_with("cannot run network.pt: this Scriba was built without TensorRT"));
  CHECK(std::filesystem::is_empty(place.path()));
}

TEST_CASE("a folder that cannot be made is an error") {
  const TemporaryPlace place;
  const auto model = std::make_shared<zoo::DbMobileNetV3Small>(zoo::db_mobile_net_v3_small_options());
  model->eval();
  std::filesystem::remove(place.path());
  CHECK(message([&] { deploy::run_by(*model); }).starts_with("cannot make a temporary folder: "));
}

TEST_CASE("the same network gives the same file every time: TensorRT's cache knows it by its bytes") {
  const TemporaryFolder folder;
  const auto model = std::make_shared<zoo::DbMobileNetV3Small>(zoo::db_mobile_net_v3_small_options());
  model->eval();
  const auto other = std::make_shared<zoo::DbMobileNetV3Small>(zoo::db_mobile_net_v3_small_options());
  other->eval();
  const auto written = [&](const auto& network, const char* name) {
    deploy::save_torchscript(folder / name, deploy::trace(*network, torch::rand({1, 3, 64, 64}), "network"));
    return content(folder / name);
  };
  const auto first = written(model, "first.pt");
  CHECK(first == written(model, "second.pt"));
  CHECK(first != written(other, "other.pt"));
}
