#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <scriba/core/error.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/train/text_labels.hpp>

namespace scriba::train {

struct CtcTargetsOptions {
  Alphabet alphabet = {};  ///< of the recogniser
  UnknownInText unknown = UnknownInText::leave_out;
  std::int64_t replacement = -1;  ///< class, for UnknownInText::replace
  std::int64_t frames = 0;        ///< that the network has for a line; longer texts are left out here. 0: the loss finds out
};

/// Class indices for loss::Ctc and loss::FocalCtc from texts, UTF-8. A text that is left out has length 0: the loss does not learn it.
class CtcTargets {
 public:
  using Options = CtcTargetsOptions;
  using Annotation = std::string;

  explicit CtcTargets(Options options = {}) : options_(std::move(options)) {}

  /// Throws Error for an empty batch.
  loss::CtcTarget operator()(std::span<const Annotation> batch) const {
    TextReport report;
    return (*this)(batch, report);
  }
  /// The same; what became of the texts is added to `report`.
  loss::CtcTarget operator()(std::span<const Annotation> batch, TextReport& report) const {
    if (batch.empty()) throw Error({"cannot make targets", "batch", "one text or more", "none"});
    std::vector<std::int64_t> labels, lengths;
    for (const auto& text : batch) {
      auto one = text_labels(text, options_.alphabet, options_.unknown, options_.replacement, report);
      if (options_.frames > 0 && loss::ctc_frames_needed(one) > options_.frames) {
        ++report.too_long;
        one.clear();
      }
      labels.insert(labels.end(), one.begin(), one.end());
      lengths.push_back(static_cast<std::int64_t>(one.size()));
    }
    return {at::tensor(labels, at::kLong), at::tensor(lengths, at::kLong)};
  }

 private:
  Options options_;
};

}  // namespace scriba::train
