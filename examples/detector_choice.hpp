#pragma once
// The options by which programs choose a detector of the zoo and change its thresholds.

#include <iostream>
#include <string>

#include <scriba/zoo/deployed.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_detector.hpp>

#include "program.hpp"

/// Models are types; here one is chosen by its name at run time.
class DetectorChoice {
 public:
  explicit DetectorChoice(CLI::App& app) {
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
    add_engine_option(app, engine_);
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
    if (model_ == kPretrained) return pretrained(changes);
    if (is_deployed_file(model_)) return scriba::zoo::deployed_detector(model_, {.changes = changes});
    if (engine_ == "openvino") throw scriba::Error({.what = "this model runs in LibTorch only", .where = model_});
    return scriba::zoo::reference_detector(model_, weights_, changes);
  }

 private:
  static constexpr const char* kPretrained = "pp-ocr-v6";

  static void list_models() {
    std::cout << kPretrained << "\tPP-OCRv6 small, pretrained\n";
    for (const auto& detector : scriba::zoo::kReferenceDetectors) std::cout << detector.name << '\t' << detector.what << '\n';
    std::cout << "All but the first need --weights: a checkpoint of pytorchOCR or of Scriba.\n";
  }

  scriba::zoo::RegionFinder pretrained(const scriba::zoo::DetectorChanges& changes) const {
    scriba::zoo::PpOcrOptions options;
    options.detector_file = weights_;
    options.engine = engine_named(engine_);
    options.changes = changes;
    return scriba::zoo::pp_ocr_detector(options);
  }

  std::string model_ = kPretrained, weights_, engine_ = "auto", shape_;
  scriba::zoo::DetectorChanges changes_;
};
