// Takes a detector or recogniser of the zoo out of the library: as ONNX, as TorchScript, as TorchScript for phones.
//
//     export_model --model db-resnet50 --weights best.pt --to db.onnx
//     export_model --model pp-ocr-v6 --kind recognizer --to words.onnx --to words.pt
//     detect_text --model db.onnx photo.jpg
//
// A network is recorded while it works on one batch; the record is what every form is written from. Names of weights, preprocessing,
// thresholds and alphabet go along, so that the file alone is enough to use it. What was written is opened again and compared with the
// network, at sizes that it was not recorded at; a file that gives something else is an error, and is not left behind.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/rand.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/StringUtil.h>
#include <scriba/deploy/write_onnx.hpp>
#include <scriba/engine/open.hpp>
#include <scriba/engine/opencv_dnn.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/engine/torchscript.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>

#include "program.hpp"

namespace {

using scriba::engine::Kind;

// What both kinds have, and the sizes to check at.
struct Exported {
  scriba::deploy::Traced traced;
  std::function<scriba::NamedTensors(const at::Tensor&)> forward;
  std::vector<std::vector<std::int64_t>> others;  // [N, C, H, W]
};

bool holds(const std::vector<std::string>& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

Exported detector(const std::string& name, const std::string& weights) {
  const auto made = scriba::zoo::finished_detector(name, weights);
  return {made.trace(at::rand({1, 3, 128, 128})), made.forward, {{2, 3, 256, 128}, {1, 3, 128, 384}}};
}

Exported recognizer(const std::string& name, const std::string& weights, const std::string& alphabet) {
  std::optional<scriba::Alphabet> characters;
  if (!alphabet.empty()) characters = scriba::Alphabet::from_file(alphabet, /*space_last=*/false);
  const auto made = scriba::zoo::finished_recognizer(name, weights, characters);
  const std::int64_t planes = scriba::plane_count(made.input->normalization.order), height = made.input->size.height;
  return {made.trace(at::rand({1, planes, height, 100})), made.forward, {{2, planes, height, 200}, {1, planes, height, 320}}};
}

// Runs what was written at sizes that the network was not recorded at. Throws Error unless it gives what the network gives.
std::string compared(const scriba::engine::Any& engine, const Exported& exported, double tolerance) {
  const c10::InferenceMode no_gradients;
  double largest = 0;
  for (const auto& size : exported.others) {
    if (exported.traced.input.dims[3] >= 0 && exported.traced.input.dims[3] != size[3]) continue;
    const auto batch = at::rand(size);
    const auto expected = exported.forward(batch), got = engine.run(batch);
    const auto fail = [&](std::string want, std::string has) {
      throw scriba::Error({.what = "the written network computes something else",
                           .where = engine.name() + ", batch " + c10::str(batch.sizes()),
                           .expected = std::move(want),
                           .got = std::move(has)});
    };
    if (got.size() != expected.size()) fail(std::to_string(expected.size()) + " outputs", std::to_string(got.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (got[i].name != expected[i].name) fail("output " + expected[i].name, got[i].name);
      if (got[i].value.sizes() != expected[i].value.sizes()) fail(c10::str(expected[i].value.sizes()), c10::str(got[i].value.sizes()));
      const double scale = std::max(1.0, expected[i].value.abs().max().item<double>());
      const double apart = (expected[i].value - got[i].value).abs().max().item<double>();
      if (!(apart <= tolerance * scale)) fail(expected[i].name + " within " + std::to_string(tolerance * scale), std::to_string(apart));
      largest = std::max(largest, apart);
    }
  }
  return engine.name() + " differs by at most " + std::to_string(largest);
}

scriba::engine::Any opened(const std::filesystem::path& path) {
  if (path.extension() == ".ptl")
    return scriba::engine::Any(std::make_shared<const scriba::engine::TorchScript>(path, scriba::engine::TorchScriptOptions{.lite = true}));
  return scriba::engine::open(path, {}).engine;
}

// Beside the file, which is replaced only by one that was compared.
std::string write(const Exported& exported, const std::filesystem::path& path, const scriba::deploy::OnnxOptions& options) {
  auto unchecked = path;
  unchecked.replace_filename("." + path.stem().string() + ".unchecked" + path.extension().string());
  std::string result = "not compared";
  try {
    if (path.extension() == ".onnx")
      scriba::deploy::write_onnx(unchecked, exported.traced, options);
    else if (path.extension() == ".pt")
      scriba::deploy::save_torchscript(unchecked, exported.traced);
    else
      scriba::deploy::save_mobile(unchecked, exported.traced);
    const bool readable = path.extension() != ".onnx" ||
                          (!options.deform_conv && (scriba::engine::OpenVino::available() || scriba::engine::OpenCvDnn::available()));
    if (readable) result = compared(opened(unchecked), exported, options.half_weights ? 0.05 : 1e-4);
    std::filesystem::rename(unchecked, path);
  } catch (...) {
    std::error_code none;
    std::filesystem::remove(unchecked, none);
    throw;
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes a detector or recogniser of the zoo as ONNX (.onnx), TorchScript (.pt) or TorchScript for phones (.ptl).",
               "export_model");
  std::string model, kind, weights, alphabet;
  std::vector<std::string> files;
  scriba::deploy::OnnxOptions options;
  app.add_option("--model", model, "which detector or recogniser")->required();
  app.add_option("--kind", kind, "detector or recognizer, for names that both have")->check(CLI::IsMember({"detector", "recognizer"}));
  app.add_option("--weights", weights,
                 "what training wrote, or a PyTorch checkpoint; pp-ocr-v6 and pp-ocr-v4: also ONNX, and v6 brings its own");
  app.add_option("--alphabet", alphabet, "file of the characters, when the weights do not bring them");
  app.add_option("--to", files, "file to write, once or several times: .onnx, .pt or .ptl")->required();
  app.add_flag("--half", options.half_weights, "ONNX: weights in float16, half the file");
  app.add_flag("--deform-conv", options.deform_conv, "ONNX: deformable convolutions as the operator DeformConv of set 19");

  return run_program(app, argc, argv, [&] {
    for (const std::filesystem::path file : files)
      if (file.extension() != ".onnx" && file.extension() != ".pt" && file.extension() != ".ptl")
        throw scriba::Error({.what = "unknown form", .where = file.string(), .expected = ".onnx, .pt or .ptl"});
    const bool detects = holds(scriba::zoo::trainable_detector_names(), model),
               reads = holds(scriba::zoo::trainable_recognizer_names(), model);
    if (!detects && !reads)
      throw scriba::Error({.what = "no such model", .where = model, .expected = "a detector or recogniser of docs/support_matrix.md"});
    if (detects && reads && kind.empty())
      throw scriba::Error({.what = "two models have this name", .where = model, .expected = "--kind detector or --kind recognizer"});
    const bool as_detector = kind.empty() ? detects : kind == "detector";
    const auto exported = as_detector ? detector(model, weights) : recognizer(model, weights, alphabet);
    for (const auto& file : files) {
      const auto result = write(exported, file, options);
      std::cout << file << ": " << std::filesystem::file_size(file) << " bytes, " << result << '\n';
    }
    return 0;
  });
}
