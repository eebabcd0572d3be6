#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <scriba/engine/any.hpp>
#include <scriba/engine/options.hpp>

namespace scriba::engine {

/// A network file with what runs it and what it says of itself.
struct Opened {
  Any engine;
  std::map<std::string, std::string> metadata;  ///< see deploy::Metadata; that of a file of another project is its own
  std::optional<std::int64_t> classes;          ///< the last size of an ONNX file's first output, [N, T, classes], if it is fixed
};

/// Opens an ONNX file (`.onnx`), a TorchScript file for LibTorch-Lite (`.ptl`), or a TorchScript file (any other name).
///
/// Kind::automatic: OpenVINO for ONNX, or OpenCV's dnn in a build without it; LibTorch for TorchScript. Throws Error for a kind that does
/// not run this form of file or that this build lacks, and for a file that cannot be read.
Opened open(const std::filesystem::path& file, const Choice& choice = {});

}  // namespace scriba::engine
