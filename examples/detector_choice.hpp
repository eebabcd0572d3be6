#pragma once
// The options by which programs choose a detector of the zoo and change its thresholds.

#include <iostream>
#include <string>

#include <scriba/zoo/deployed.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_detector.hpp>

#include "engine_options.hpp"

inline constexpr const char *kPretrainedDetector = "pp-ocr-v6", *kOlderDetector = "pp-ocr-v4";

/// A detector by its name or file. All names that train_detector knows are known here.
inline scriba::zoo::RegionFinder detector_named(const std::string& model, const std::string& weights, const scriba::engine::Choice& choice,
                                                const scriba::zoo::DetectorChanges& changes = {}) {
  if (model == kOlderDetector && weights.empty())
    throw scriba::Error({.what = "no pretrained weights exist for this detector",
                         .where = model,
                         .expected = "its ONNX file, or a checkpoint of train_detector"});
  if (model == kPretrainedDetector || model == kOlderDetector)
    return scriba::zoo::pp_ocr_detector({.detector_file = weights, .changes = changes, .engine = choice});
  if (is_network_file(model))
    return from_network_file("scriba::zoo::deployed_detector",
                             [&] { return scriba::zoo::deployed_detector(model, {.changes = changes, .engine = choice}); });
  return scriba::zoo::reference_detector(model, weights, changes, choice);
}

/// Models are types; here one is chosen by its name at run time.
class DetectorChoice {
 public:
  explicit DetectorChoice(CLI::App& app) : engine_(app) {
    app.add_option("--model", model_, "which detector, see --list-models; or an ONNX or TorchScript file of export_model")
        ->capture_default_str();
    app.add_flag_callback(
        "--list-models",
        [] {
          list_models();
          throw CLI::Success();
        },
        "print the detectors");
    app.add_option("--weights", weights_, "what training wrote; an ONNX file of PP-OCR; a PyTorch checkpoint of a model of the reference");
    app.add_option("--shape", shape_, "quad or polygon")->check(CLI::IsMember({"quad", "polygon"}));
    app.add_option("--side", changes_.side, "one side is brought to this many pixels, which one depends on the model")
        ->check(CLI::Range(32, 4096));
    app.add_option("--threshold", changes_.threshold, "a pixel is text above this, 0..1")->check(CLI::Range(0.f, 1.f));
    app.add_option("--box-threshold", changes_.box_threshold, "a region is kept from this score on, 0..1")->check(CLI::Range(0.f, 1.f));
    app.add_option("--unclip", changes_.unclip_ratio, "how far regions grow")->check(CLI::Range(0.1f, 10.f));
  }

  scriba::zoo::RegionFinder make() const {
    using Shape = scriba::postprocess::RegionShape;
    auto changes = changes_;
    if (!shape_.empty()) changes.shape = shape_ == "polygon" ? Shape::polygon : Shape::quad;
    return detector_named(model_, weights_, engine_.choice(), changes);
  }

 private:
  static void list_models() {
    std::cout << kPretrainedDetector << "\tPP-OCRv6 small, pretrained\n" << kOlderDetector << "\tPP-OCRv4 mobile\n";
    for (const auto& detector : scriba::zoo::kReferenceDetectors) std::cout << detector.name << '\t' << detector.what << '\n';
    for (const auto& detector : scriba::zoo::kDetectorVariants) std::cout << detector.name << '\t' << detector.what << '\n';
    std::cout << "All but the first need --weights: a checkpoint of pytorchOCR or of Scriba; PP-OCR's ONNX files.\n";
  }

  std::string model_ = kPretrainedDetector, weights_, shape_;
  EngineOptions engine_;
  scriba::zoo::DetectorChanges changes_;
};
