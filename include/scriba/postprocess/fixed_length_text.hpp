#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/softmax.h>
#include <opencv2/core/types.hpp>

#include <scriba/core/error.hpp>
#include <scriba/head/fixed_length.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/fixed_length.hpp>

namespace scriba::postprocess {

struct FixedLengthTextOptions {
  Alphabet alphabet = {};  ///< its blank ends the text
};

/// Reads the texts off the positions of a fixed-length head, crop by crop.
class FixedLengthText {
 public:
  using Options = FixedLengthTextOptions;
  using Result = Transcript;

  explicit FixedLengthText(Options options = {}) : options_(std::move(options)) {}

  /// Throws Error when the alphabet does not have the head's number of classes.
  std::vector<Result> operator()(const head::FixedLengthText& text, std::span<const cv::Size> sources) const {
    const auto probability = (text.probability.defined() ? text.probability : at::softmax(text.logits, -1)).detach();
    if (probability.dim() != 3 || probability.size(0) != static_cast<std::int64_t>(sources.size()))
      throw Error(
          {.what = "cannot read texts off these positions", .expected = std::to_string(sources.size()) + " texts [N, positions, classes]"});
    options_.alphabet.require_classes(probability.size(2));
    const auto [values, indices] = probability.to(at::kCPU, at::kFloat).max(-1);
    const auto value = values.contiguous(), index = indices.contiguous();
    std::vector<ctc::Best> best(static_cast<std::size_t>(probability.size(1)));
    std::vector<Result> out;
    for (std::int64_t n = 0; n < probability.size(0); ++n) {
      for (std::size_t p = 0; p < best.size(); ++p) {
        const auto at = n * probability.size(1) + static_cast<std::int64_t>(p);
        best[p] = {index.const_data_ptr<std::int64_t>()[at], value.const_data_ptr<float>()[at]};
      }
      out.push_back(fixed_length::decode(best, options_.alphabet));
    }
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::postprocess
