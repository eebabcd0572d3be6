#pragma once

#include <filesystem>
#include <string_view>

#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_detector_list.hpp>

/// pytorchOCR's detectors, and those with further backbones, chosen by name at run time. Compiled once and free of torch headers;
/// zoo/reference_detectors.hpp has the types.
namespace scriba::zoo {

/// A detector of kReferenceDetectors or kDetectorVariants with weights from a PyTorch file: a checkpoint of pytorchOCR (its names,
/// DataParallel's `module.` prefix, gates of MobileNetV3 that look at single pixels) or of Scriba, in either form. Batch norms are folded
/// away. What training wrote brings its settings, before `changes`, and its number of classes.
/// `engine`: Kind::automatic is LibTorch; others get the network by deploy::run_by().
///
/// Throws Error for an unknown name, without weights (none are published), for a file that does not fit and for an option that the
/// detector does not have.
RegionFinder reference_detector(std::string_view name, const std::filesystem::path& weights, const DetectorChanges& changes = {},
                                const engine::Choice& engine = {});

}  // namespace scriba::zoo
