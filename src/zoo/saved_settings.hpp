#pragma once
// What a file of weights says besides its weights.

#include <filesystem>
#include <optional>

#include <scriba/io/model_file.hpp>
#include <scriba/io/model_settings.hpp>

namespace scriba::zoo::detail {

/// The settings in a file that training wrote; a plain checkpoint says nothing but its weights.
inline std::optional<io::Record> saved_settings(const std::filesystem::path& file) {
  const auto read = io::read_torch_file(file);
  const auto* root = read.get<io::Dict>();
  const auto* metadata = root ? root->find("metadata") : nullptr;
  const auto* dict = metadata ? metadata->get<io::Dict>() : nullptr;
  if (!dict || !dict->find("postprocess")) return {};
  return io::Record(*dict, file.string());
}

/// Input and post-processing of options as such a record.
template <class Options>
io::Record record_of(const Options& options) {
  io::detail::SettingsWriter settings;
  settings("input", options.input);
  settings("postprocess", options.postprocess);
  return settings.record();
}

}  // namespace scriba::zoo::detail
