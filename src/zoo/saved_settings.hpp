#pragma once
// What a file of weights says besides its weights.

#include <filesystem>
#include <optional>

#include <scriba/io/model_file.hpp>
#include <scriba/io/model_settings.hpp>
#include <scriba/io/state_dict.hpp>

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

/// How many kinds of text the weights of head::DbMultiClass tell apart; nothing for those of another head.
inline std::optional<int> class_count(const io::StateDict& weights) {
  for (const auto& [name, tensor] : weights)
    if (name.ends_with(".classhead.6.bias") && tensor.dim() == 1) return static_cast<int>(tensor.size(0));
  return {};
}

/// Input and post-processing of options as such a record.
template <class Options>
io::Record record_of(const Options& options) {
  io::detail::SettingsWriter settings;
  settings("input", options.input);
  settings("postprocess", options.postprocess);
  return settings.record();
}

/// The opposite. Throws Error for a missing or unfit setting, with its name.
template <class Options>
void read_settings(const io::Record& record, Options& options) {
  const io::detail::SettingsReader settings(record);
  settings("input", options.input);
  settings("postprocess", options.postprocess);
}

}  // namespace scriba::zoo::detail
