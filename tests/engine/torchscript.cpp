#include <doctest/doctest.h>

#include <fstream>
#include <new>
#include <sstream>
#include <string>

#include <scriba/concepts.hpp>
#include <scriba/engine/torchscript.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"
#include "src/engine/out_of_memory.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using engine::TorchScript;

static_assert(Engine<TorchScript>);

TEST_CASE("TorchScript files, plain, frozen and for phones, give what the network gives") {
  const TemporaryFolder folder;
  for (const auto& network : {deploy_tests::detector("sast-resnet50"), deploy_tests::recognizer("crnn-mobilenet-v3-small")}) {
    CAPTURE(network.name);
    auto traced = network.traced();
    traced.metadata["scriba.architecture"] = network.name;
    deploy::save_torchscript(folder / "plain.pt", traced);
    deploy::save_torchscript(folder / "frozen.pt", deploy::frozen(traced));
    deploy::save_mobile(folder / "lite.ptl", traced);
    const TorchScript plain(folder / "plain.pt"), frozen(folder / "frozen.pt"), lite(folder / "lite.ptl", {.lite = true});
    CHECK(difference(plain, network) < 1e-4);
    CHECK(difference(frozen, network) < 1e-4);
    CHECK(difference(lite, network) < 1e-4);
    CHECK(plain.name() == "TorchScript");
    CHECK(lite.name() == "LibTorch-Lite");
    for (const auto* engine : {&plain, &frozen, &lite}) CHECK(engine->metadata().at("scriba.architecture") == network.name);
  }
}

TEST_CASE("files that are no networks, and batches that do not fit, are errors in one line") {
  const TemporaryFolder folder;
  CHECK(message([&] { TorchScript(folder / "none.pt"); }) ==
        "cannot load a network: " + (folder / "none.pt").string() + ": expected a TorchScript file, got no such file");
  const auto words = folder.file("words.pt", "these are words");
  CHECK(
      message([&] { TorchScript{words}; }).starts_with("cannot load a network: " + words.string() + ": expected a TorchScript file, got "));
  CHECK(message([&] { TorchScript(words, {.lite = true}); }).find("expected a file for LibTorch-Lite") != std::string::npos);

  const auto network = deploy_tests::recognizer("crnn-mobilenet-v3-small");
  deploy::save_torchscript(folder / "net.pt", network.traced());
  const TorchScript engine(folder / "net.pt");
  const auto refused = message([&] { engine.run(torch::rand({1, 5, 32, 96})); });
  CHECK(refused.starts_with("the network does not take this batch: " + (folder / "net.pt").string() + ", batch [1, 5, 32, 96]: got "));

  std::ifstream file(folder / "net.pt", std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  for (const std::size_t keep : {content.view().size() / 2, content.view().size() - 100}) {
    const auto cut = folder.file("cut.pt", content.str().substr(0, keep));
    CHECK(message([&] { TorchScript{cut}; }).starts_with("cannot load a network: " + cut.string()));
  }
}

TEST_CASE("short memory is no fault of the file") {
  const TemporaryFolder folder;
  torch::jit::Module module("Greedy");
  module.define("def forward(self, x):\n  return torch.zeros([x.size(0) << 50]) + x\n");
  module.save((folder / "greedy.pt").string());
  const TorchScript engine(folder / "greedy.pt");
  CHECK_THROWS_AS(engine.run(torch::rand({1, 3, 8, 8})), std::bad_alloc);

  const auto short_of = [](const auto& act) {
    try {
      act();
    } catch (const std::exception& error) {
      return engine::is_out_of_memory(error);
    }
    return false;
  };
  CHECK(short_of([] { throw std::bad_alloc(); }));
  CHECK(short_of([] { torch::empty({std::int64_t{1} << 50}); }));
  CHECK(short_of([] { throw cv::Exception(cv::Error::StsNoMem, "Failed to allocate", "", "", 0); }));
  CHECK_FALSE(short_of([] { throw cv::Exception(cv::Error::StsBadArg, "bad", "", "", 0); }));
  CHECK_FALSE(short_of([] { torch::zeros({2}).reshape({3}); }));
}
