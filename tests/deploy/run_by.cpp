#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <scriba/backbone/mobile_net_v3.hpp>
#include <scriba/deploy/run_by.hpp>
#include <scriba/detector.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/zoo/reference_detectors.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using engine::Kind;

TEST_CASE("a composed model runs in another engine, and no file stays") {
  const TemporaryFolder folder;
  const auto temporary = folder / "temporary";
  std::filesystem::create_directory(temporary);
  ::setenv("TMPDIR", temporary.c_str(), 1);
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
  ::unsetenv("TMPDIR");
}
