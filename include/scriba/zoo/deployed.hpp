#pragma once

#include <filesystem>
#include <optional>
#include <variant>

#include <scriba/engine/options.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/postprocess/db_multi_class_regions.hpp>
#include <scriba/postprocess/db_regions.hpp>
#include <scriba/postprocess/pan_regions.hpp>
#include <scriba/postprocess/pse_regions.hpp>
#include <scriba/postprocess/sast_regions.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

/// Detectors and recognisers from ONNX and TorchScript files alone: the files say how they are to be used. Compiled once and free of torch
/// headers.
namespace scriba::zoo {

/// How the maps of a detector are read.
using RegionOptions = std::variant<postprocess::DbBoxesOptions, postprocess::DbMultiClassBoxesOptions, postprocess::PseBoxesOptions,
                                   postprocess::PanBoxesOptions, postprocess::SastBoxesOptions>;

struct DeployedDetectorOptions {
  /// Instead of what the file says; a file of another project says nothing, and needs both. Its outputs count by position.
  std::optional<DetectorInput> input = {};
  std::optional<RegionOptions> regions = {};
  DetectorChanges changes = {};  ///< applied after the two
  engine::Choice engine = {};
};

struct DeployedRecognizerOptions {
  /// Instead of what the file says; a file of another project says nothing, and needs both. It is read as a CTC recogniser.
  std::optional<LineInput> input = {};
  std::optional<Alphabet> alphabet = {};
  TextSearch search = {};  ///< CTC only
  engine::Choice engine = {};
};

/// A detector in an ONNX or TorchScript file, run by an engine that engine::open() chooses.
///
/// Throws Error for a file that cannot be read, that is none of a detector or that does not say how it is to be used, for an engine that
/// does not run it, and for a change that its post-processing does not have.
RegionFinder deployed_detector(const std::filesystem::path& file, const DeployedDetectorOptions& options = {});

/// The same for a recogniser. Throws Error, too, for an alphabet that does not fit the network's classes.
LineReader deployed_recognizer(const std::filesystem::path& file, const DeployedRecognizerOptions& options = {});

}  // namespace scriba::zoo
