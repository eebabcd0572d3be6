#pragma once

#include <scriba/deploy/metadata.hpp>
#include <scriba/io/onnx_weights.hpp>
#include <scriba/zoo/deployed.hpp>

namespace scriba::zoo::detail {

/// True for a CTC recogniser whose texts are its best path: one class of each frame and its probability are all that is read of it, and
/// OpenVinoOptions::best_class spares copying the thousands of others. The file has to say how many there are: nobody counts them then.
inline bool best_class_is_enough(const io::OnnxFile& file, const DeployedRecognizerOptions& options) {
  const auto says = [&](const char* key) { return file.metadata.contains(key); };
  const bool ctc = says(deploy::kSettingsKey) ? says(deploy::kPostprocessKey) && file.metadata.at(deploy::kPostprocessKey) == "CtcText"
                                              : options.input && options.alphabet;
  const bool probabilities =
      file.outputs.size() == 1 && file.outputs[0].name != "logits" && file.outputs[0].dims.size() == 3 && file.outputs[0].dims[2] >= 0;
  const bool best_path = options.search.beam_width == 0 && options.search.lexicon.empty() && !options.search.language_model &&
                         !(options.search.own_language && says(deploy::kLanguageKey));
  return ctc && probabilities && best_path;
}

}  // namespace scriba::zoo::detail
