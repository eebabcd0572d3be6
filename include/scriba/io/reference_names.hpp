#pragma once

#include <string>

#include <scriba/io/weights.hpp>

namespace scriba::io {

/// pytorchOCR's names of a detector's weights to Scriba's: its `head` is our neck, its `seg_out` our head. For LoadOptions::name_map.
inline NameMap reference_detector_names() { return {{{"head.", "neck."}, {"seg_out.", "head."}}}; }

/// The same of a CRNN recogniser with `lstms` LSTMs, 0 for none: its `head` is our neck and our head. The last linear layer, which gives
/// the classes, is ours alone. With `attention` the neck is a neck::Chain of neck::SequenceAttention and neck::StackedBiLstm.
/// A fixed-length recogniser (FC) has our names.
inline NameMap reference_recognizer_names(int lstms, bool attention = false) {
  NameMap names;
  if (lstms == 0) names.rules.push_back({"head.out.", "head.fc."});
  if (lstms > 0) names.rules.push_back({"head.lstm_" + std::to_string(lstms) + ".embedding.", "head.fc."});
  names.rules.push_back({"head.lstm_", attention ? "neck.second.lstm_" : "neck.lstm_"});
  for (const auto* gate : {"channel_attention.", "time_attention."})
    names.rules.push_back({std::string("head.") + gate, std::string(attention ? "neck.first." : "neck.") + gate});
  return names;
}

}  // namespace scriba::io
