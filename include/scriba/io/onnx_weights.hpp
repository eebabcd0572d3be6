#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/io/state_dict.hpp>

namespace scriba::io {

/// An input or output of an ONNX graph.
struct OnnxPort {
  std::string name;
  std::vector<std::int64_t> dims;  ///< -1 where the size is free
  std::string node = {};           ///< of an output: the node that gives it, if it has a name
};

/// What an ONNX file holds besides its operators.
struct OnnxFile {
  std::string path;
  StateDict tensors;                            ///< initialisers, then values of Constant nodes, each by its ONNX name; on the CPU
  std::map<std::string, std::string> metadata;  ///< metadata_props, for example the alphabet under "character"
  std::vector<OnnxPort> inputs;                 ///< without initialisers, which old files list as inputs too
  std::vector<OnnxPort> outputs;
  std::vector<std::string> skipped;  ///< tensors of a type that LibTorch lacks (strings, 4- and 8-bit floats, ...)
};

/// Reads an ONNX file. Both homes of weights are read: initialisers and Constant nodes (some exporters use nothing else).
///
/// Throws Error for a file that is cut off or not ONNX, for tensors whose data do not fill their shape, and for weights kept in a
/// separate file ("external data").
OnnxFile read_onnx(const std::filesystem::path& path);

/// From which ONNX tensor a parameter comes. Tables of these can be constexpr.
struct OnnxWeightRule {
  enum Change {
    as_is,
    flatten,    ///< (1, C, 1, 1), or any shape with one dimension that is not 1, to (C)
    transpose,  ///< (in, out) to (out, in): MatMul holds the weight of a linear layer the other way round
  };

  std::string_view onnx_name;
  std::string_view parameter;  ///< name in the state_dict
  Change change = as_is;
};

/// The tensors of an ONNX file under parameter names, in the order of the rules, contiguous; tensors without a rule are left aside.
///
/// Throws Error for a rule whose tensor is missing or does not have the shape that its change needs.
StateDict import_onnx(const OnnxFile& file, std::span<const OnnxWeightRule> rules);

}  // namespace scriba::io
