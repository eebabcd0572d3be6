#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/softmax.h>
#include <opencv2/core/types.hpp>

#include <scriba/concepts.hpp>
#include <scriba/head/classify.hpp>

namespace scriba::postprocess {

struct TopClassOptions {};

/// The most probable class of a classifier, crop by crop.
class TopClass {
 public:
  using Options = TopClassOptions;
  using Result = ClassScore;

  explicit TopClass(Options = {}) {}

  std::vector<Result> operator()(const head::ClassScores& scores, std::span<const cv::Size>) const {
    const auto probability = (scores.probability.defined() ? scores.probability : at::softmax(scores.logits, -1)).to(at::kCPU, at::kFloat);
    const auto [value, index] = probability.max(1);
    std::vector<Result> out;
    for (std::int64_t i = 0; i < probability.size(0); ++i) out.push_back({index[i].item<std::int64_t>(), value[i].item<float>()});
    return out;
  }
};

}  // namespace scriba::postprocess
