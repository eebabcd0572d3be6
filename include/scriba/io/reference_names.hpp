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

/// The names in torchvision's files of DenseNet weights to those of backbone::DenseNet: they write `denselayer1.norm.1` for
/// `denselayer1.norm1`. Names that are right already stay.
inline NameMap dense_net_file_names() {
  constexpr int kBlocks = 4, kMostLayers = 48;
  NameMap map;
  for (int block = 1; block <= kBlocks; ++block)
    for (int layer = 1; layer <= kMostLayers; ++layer)
      for (const char* kind : {"norm", "conv"})
        for (const char* number : {"1", "2"}) {
          const auto stem = "features.denseblock" + std::to_string(block) + ".denselayer" + std::to_string(layer) + "." + kind;
          map.rules.push_back({stem + "." + number + ".", stem + number + "."});
        }
  return map;
}

}  // namespace scriba::io
