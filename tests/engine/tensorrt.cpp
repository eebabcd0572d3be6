#include <doctest/doctest.h>

#include <string>

#include <scriba/concepts.hpp>
#include <scriba/engine/tensorrt.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using engine::TensorRt;

static_assert(Engine<TensorRt>);

TEST_CASE("without TensorRT the engine says so") {
  if (TensorRt::available()) return;
  CHECK(message([] { TensorRt("a.pt"); }) ==
        "cannot run a.pt: this Scriba was built without TensorRT: expected a build configured with -DSCRIBA_TENSORRT=ON and "
        "-DTorchTensorRT_ROOT=...");
}

TEST_CASE("with TensorRT, bad options and files are errors, whatever the machine") {
  if (!TensorRt::available()) return;
  const TemporaryFolder folder;
  const auto words = folder.file("words.pt", "these are words");
  CHECK(message([&] { TensorRt(words, {.workspace = -1}); }) == "bad TensorRT options: workspace: expected bytes, or 0, got -1");
  CHECK(message([&] { TensorRt(folder / "none.pt"); }) ==
        "cannot load a network: " + (folder / "none.pt").string() + ": expected a TorchScript file, got no such file");
  CHECK(message([&] { TensorRt{words}; }).starts_with("cannot load a network: " + words.string() + ": expected a TorchScript file, got "));
}

TEST_CASE("with TensorRT and a GPU, a network gives what it gives; without a GPU that is an error") {
  if (!TensorRt::available()) return;
  const TemporaryFolder folder;
  const auto network = deploy_tests::detector("pan-resnet18");
  deploy::save_torchscript(folder / "db.pt", network.traced());
  engine::TensorRtOptions options{.sizes = engine::SizeProfile{{1, 3, 64, 64}, {1, 3, 64, 64}, {7, 3, 128, 128}},
                                  .cache = folder / "cache"};
  if (!torch::cuda::is_available()) {
    CHECK(message([&] { TensorRt(folder / "db.pt", options); })
              .starts_with("cannot run a network by TensorRT: " + (folder / "db.pt").string() +
                           ": expected an NVIDIA GPU with its driver, got "));
    MESSAGE("skipped: no CUDA device");
    return;
  }
  for (int i = 0; i < 2; ++i) {  // compiled, then from the cache
    const TensorRt compiled(folder / "db.pt", options);
    CHECK(difference(compiled, network) < 1e-2);  // TF32
    CHECK(message([&] {
            compiled.run(torch::rand({1, 3, 256, 64}));
          }).find("expected a size from [1, 3, 64, 64] to [7, 3, 128, 128]") != std::string::npos);
  }
  options.precision = engine::TensorRtPrecision::float16;
  CHECK(difference(TensorRt(folder / "db.pt", options), network) < 3e-2);
  options.precision = engine::TensorRtPrecision::int8;
  options.calibration.batch = [](std::size_t i) { return i < 8 ? std::optional(torch::rand({1, 3, 128, 128})) : std::nullopt; };
  CHECK(difference(TensorRt(folder / "db.pt", options), network) < 0.3);
}
