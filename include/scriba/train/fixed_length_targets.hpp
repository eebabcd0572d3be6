#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>

#include <scriba/core/error.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/fixed_length.hpp>
#include <scriba/train/text_labels.hpp>

namespace scriba::train {

/// What happens to a text that does not fit the positions together with its end.
enum class LongText {
  leave_out,  ///< it is not learnt
  cut         ///< its beginning is, without an end: as the reference does
};

struct FixedLengthTargetsOptions {
  Alphabet alphabet = {};  ///< of the recogniser; its blank is the class of the end
  UnknownInText unknown = UnknownInText::leave_out;
  std::int64_t replacement = -1;                  ///< class, for UnknownInText::replace
  std::int64_t positions = 26;                    ///< of the head
  std::int64_t ignored = fixed_length::kIgnored;  ///< of the loss: what the positions after the end hold
  LongText long_text = LongText::leave_out;
};

/// A class for every position, [N, positions], int64, for loss::FixedLength, from texts, UTF-8: the characters, the end, and then
/// `ignored`, which is all that a text has that is left out. An empty text is an end alone: it is learnt.
class FixedLengthTargets {
 public:
  using Options = FixedLengthTargetsOptions;
  using Annotation = std::string;

  explicit FixedLengthTargets(Options options = {}) : options_(std::move(options)) {}

  /// Throws Error for an empty batch and for fewer than one position.
  at::Tensor operator()(std::span<const Annotation> batch) const {
    TextReport report;
    return (*this)(batch, report);
  }
  /// The same; what became of the texts is added to `report`.
  at::Tensor operator()(std::span<const Annotation> batch, TextReport& report) const {
    if (batch.empty()) throw Error({"cannot make targets", "batch", "one text or more", "none"});
    if (options_.positions < 1)
      throw Error({"cannot make targets", "FixedLengthTargetsOptions::positions", "1 or more", std::to_string(options_.positions)});
    auto out = at::full({static_cast<std::int64_t>(batch.size()), options_.positions}, options_.ignored, at::kLong);
    const auto positions = static_cast<std::size_t>(options_.positions);
    auto* row = out.mutable_data_ptr<std::int64_t>();
    for (const auto& text : batch) {
      write(text, std::span(row, positions), report);
      row += positions;
    }
    return out;
  }

 private:
  void write(const std::string& text, std::span<std::int64_t> row, TextReport& report) const {
    const auto left_out = report.unknown + report.not_utf8;
    auto labels = text_labels(text, options_.alphabet, options_.unknown, options_.replacement, report);
    if (report.unknown + report.not_utf8 != left_out) return;
    labels.push_back(options_.alphabet.blank());
    if (labels.size() > row.size()) {
      ++report.too_long;
      if (options_.long_text == LongText::leave_out) return;
      labels.resize(row.size());
    }
    std::copy(labels.begin(), labels.end(), row.begin());
  }

  Options options_;
};

}  // namespace scriba::train
