#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <scriba/core/error.hpp>
#include <scriba/io/model_file.hpp>
#include <scriba/io/model_settings.hpp>

/// What a network takes along when it leaves the library: texts by key, in the metadata of an ONNX file and beside a TorchScript module.
namespace scriba::deploy {

/// Keys begin with "scriba."; values are plain texts or JSON.
using Metadata = std::map<std::string, std::string>;

/// Version of the keys and their meaning.
inline constexpr std::int64_t kMetadataVersion = 1;

inline constexpr const char *kVersionKey = "scriba.format_version", *kArchitectureKey = "scriba.architecture",
                            *kPostprocessKey = "scriba.postprocess_type", *kSettingsKey = "scriba.settings",
                            *kOutputsKey = "scriba.outputs", *kLanguageKey = "scriba.language";

inline constexpr std::array kMetadataKeys{kVersionKey, kArchitectureKey, kPostprocessKey, kSettingsKey, kOutputsKey, kLanguageKey};

/// A record as JSON and back. Values are null, true, false, numbers, texts, lists, records and tensors of bytes (as {"base64": ".."}).
/// Throws Error for anything else, for a number that is not finite, and for a text that is no such record; `where` is named in errors.
std::string to_json(const io::Record& record);
io::Record record_from_json(std::string_view json, const std::string& where);

// The post-processing that options belong to, by which a file is opened without its type. Those of other projects have no name here: their
// files are opened as the type they were written from.
inline const char* postprocess_name(const postprocess::DbBoxesOptions&) { return "DbBoxes"; }
inline const char* postprocess_name(const postprocess::DbMultiClassBoxesOptions&) { return "DbMultiClassBoxes"; }
inline const char* postprocess_name(const postprocess::PseBoxesOptions&) { return "PseBoxes"; }
inline const char* postprocess_name(const postprocess::PanBoxesOptions&) { return "PanBoxes"; }
inline const char* postprocess_name(const postprocess::SastBoxesOptions&) { return "SastBoxes"; }
inline const char* postprocess_name(const postprocess::CtcTextOptions&) { return "CtcText"; }
inline const char* postprocess_name(const postprocess::FixedLengthTextOptions&) { return "FixedLengthText"; }

/// The settings of a composed model: preprocessing and post-processing, with thresholds and alphabet. `architecture` names the composition.
template <class Model>
Metadata metadata_of(const Model& model, std::string architecture) {
  std::string postprocess_type;
  if constexpr (requires { postprocess_name(model.options().postprocess); })
    postprocess_type = postprocess_name(model.options().postprocess);
  io::detail::SettingsWriter settings;
  settings("input", model.options().input);
  settings("postprocess", model.options().postprocess);
  return {{kVersionKey, std::to_string(kMetadataVersion)},
          {kArchitectureKey, std::move(architecture)},
          {kPostprocessKey, std::move(postprocess_type)},
          {kSettingsKey, to_json(settings.record())}};
}

/// A value of the metadata. Throws Error when there is none: a file of another project.
const std::string& require(const Metadata& metadata, const char* key, const std::string& file);

/// Sets `input` and `postprocess` of the options of a composed model from what metadata_of wrote. Throws Error, which names the file, when
/// they are not there or do not fit.
template <class Options>
void read_settings(const Metadata& metadata, const std::string& file, Options& options) {
  const auto record = record_from_json(require(metadata, kSettingsKey, file), file);
  const io::detail::SettingsReader settings(record);
  settings("input", options.input);
  settings("postprocess", options.postprocess);
}

}  // namespace scriba::deploy
