#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <scriba/zoo/training_settings.hpp>

namespace scriba::zoo {

/// A detector that programs know by name.
struct DetectorInfo {
  std::string_view name;           ///< for command lines
  std::string_view what;           ///< the network in a few words
  std::string_view configuration;  ///< pytorchOCR's file, `config/NAME.yaml`; empty: it has none
  TrainingSettings training{};     ///< what the file says, ICDAR 2015 unless `what` says otherwise
};

namespace detail {

// The settings that several configurations share.
constexpr train::OptimizerSettings decaying(train::OptimizerKind kind, double momentum, double weight_decay) {
  return {.kind = kind, .momentum = momentum, .weight_decay = weight_decay, .decay_norms_and_biases = true};
}
constexpr train::OptimizerSettings sgd(double weight_decay) { return decaying(train::OptimizerKind::sgd, 0.99, weight_decay); }
constexpr train::RateSchedule poly(double rate, double epochs) { return {.kind = train::RateKind::poly, .rate = rate, .length = epochs}; }
constexpr train::RateSchedule steps(double epochs) {
  return {.kind = train::RateKind::steps, .rate = 0.001, .length = epochs, .step_at = {200, 400, 500}};
}
constexpr TrainingSettings sast(double epochs, int first_validated_epoch) {
  return {
      .optimizer = decaying(train::OptimizerKind::rms_prop, 0, 5e-5),
      .schedule = {.kind = train::RateKind::steps, .rate = 0.001, .length = epochs, .step_at = {300, 600, 800, 850}, .step_factor = 0.3},
      .crop_size = 512,
      .first_validated_epoch = first_validated_epoch};
}
constexpr TrainingSettings kDbTraining{.optimizer = sgd(5e-4)};
constexpr TrainingSettings kPanTraining{.optimizer = sgd(5e-5), .schedule = steps(600), .batch_size = 16, .first_validated_epoch = 300};

}  // namespace detail

/// All detection configurations of pytorchOCR. zoo/reference_detectors.hpp has the types, zoo/visit_reference_detector.hpp goes from a name
/// to its type.
inline constexpr std::array<DetectorInfo, 13> kReferenceDetectors{{
    {"db-mobilenet-v3-small",
     "DB, MobileNetV3 small, 96 channels",
     "det_DB_mobilev3",
     {.optimizer = detail::sgd(5e-5), .batch_size = 16, .first_validated_epoch = 700}},
    {"db-resnet50", "DB, ResNet-50, 256 channels", "det_DB_resnet50", detail::kDbTraining},
    {"db-resnet50-deep-fpem",
     "DB, ResNet-50 with a deep stem, PAN's neck of 256 channels; private data",
     "det_DB_resnet50_3_3",
     {.optimizer = detail::sgd(5e-4), .schedule = detail::poly(0.002, 600), .first_validated_epoch = 6000}},
    {"db-multi-class-resnet50", "DB that tells 3 kinds of text apart, ResNet-50, 256 channels; synthetic data", "det_DB_resnet50_mul",
     detail::kDbTraining},
    // This file names neither weight decay nor the first validated epoch; 400 is the default of the reference's program.
    {"pse-mobilenet-v3-small", "PSENet, MobileNetV3 small, 96 channels, polygons", "det_PSE_mobilev3", {.batch_size = 2}},
    {"pse-resnet50",
     "PSENet, ResNet-50, 256 channels",
     "det_PSE_resnet50",
     {.optimizer = detail::sgd(5e-5), .schedule = detail::steps(600)}},
    {"pse-resnet50-deep",
     "PSENet, ResNet-50 with a deep stem, 256 channels",
     "det_PSE_resnet50_3_3",
     {.optimizer = detail::sgd(5e-5), .schedule = detail::steps(601)}},
    {"pan-mobilenet-v3-small", "PAN, MobileNetV3 small, 96 channels", "det_PAN_mobilev3", detail::kPanTraining},
    {"pan-resnet18", "PAN, ResNet-18, 128 channels", "det_PAN_resnet18", detail::kPanTraining},
    {"pan-resnet18-deep",
     "PAN, ResNet-18 with a deep stem, 128 channels",
     "det_PAN_resnet18_3_3",
     {.optimizer = detail::sgd(5e-5), .schedule = detail::poly(0.001, 601), .batch_size = 14, .first_validated_epoch = 200}},
    {"sast-resnet50", "SAST, ResNet-50 of five stages", "det_SAST_resnet50", detail::sast(900, 600)},
    {"sast-resnet50-deep", "SAST, ResNet-50 of five stages with a deep stem", "det_SAST_resnet50_3_3_ori_dataload",
     detail::sast(901, 5000)},
    {"sast-resnet50-mixed", "sast-resnet50 trained on ICDAR 2015 and half as much of ICDAR 2017 MLT, COCO-Text and ICDAR 2013",
     "det_SAST_resnet50_ori_dataload", detail::sast(1000, 600)},
}};

/// Detectors with further backbones, trained as pytorchOCR's with a ResNet. zoo/backbone_variants.hpp has the types, zoo/visit_detector.hpp
/// goes from a name to its type.
inline constexpr std::array<DetectorInfo, 5> kDetectorVariants{{
    {"db-densenet121", "DB, DenseNet-121, 256 channels", "", detail::kDbTraining},
    {"db-scnet50", "DB, SCNet-50, 256 channels", "", detail::kDbTraining},
    {"db-resnet18-dcn", "DB, ResNet-18 with deformable convolutions, 256 channels", "", detail::kDbTraining},
    {"db-resnet50-dcn", "DB, ResNet-50 with deformable convolutions, 256 channels", "", detail::kDbTraining},
    {"pan-shufflenet-v2-x1", "PAN, ShuffleNetV2, 128 channels", "", detail::kPanTraining},
}};

namespace detail {

template <std::size_t N>
constexpr std::optional<std::size_t> detector_index(const std::array<DetectorInfo, N>& detectors, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (detectors[i].name == name) return i;
  return {};
}

}  // namespace detail

/// Where a name stands in kReferenceDetectors.
constexpr std::optional<std::size_t> reference_detector_index(std::string_view name) {
  return detail::detector_index(kReferenceDetectors, name);
}
/// Where a name stands in kDetectorVariants.
constexpr std::optional<std::size_t> detector_variant_index(std::string_view name) {
  return detail::detector_index(kDetectorVariants, name);
}

/// "db-mobilenet-v3-small, db-resnet50, ...".
inline std::string reference_detector_choice() {
  std::string out;
  for (const auto& detector : kReferenceDetectors) out += (out.empty() ? "" : ", ") + std::string(detector.name);
  return out;
}
/// The same, with those of kDetectorVariants.
inline std::string detector_choice() {
  auto out = reference_detector_choice();
  for (const auto& detector : kDetectorVariants) out += ", " + std::string(detector.name);
  return out;
}

}  // namespace scriba::zoo
