#pragma once

#include <algorithm>
#include <span>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <scriba/loss/pse.hpp>
#include <scriba/target/pse_kernels.hpp>
#include <scriba/train/annotation_batch.hpp>

namespace scriba::train {

/// Label maps for loss::Pse, of the size of the annotated images. `Options::maps` must be the head's number of kernels.
/// See target::draw_pse_kernels().
class PseTargets {
 public:
  using Options = target::PseKernelOptions;
  using Annotation = target::PageAnnotation;

  explicit PseTargets(Options options = {}) : options_(options) {}

  loss::PseTarget operator()(std::span<const Annotation> batch) const {
    target::TargetReport report;
    return (*this)(batch, report);
  }
  /// The same; what became of the texts is added to `report`.
  loss::PseTarget operator()(std::span<const Annotation> batch, target::TargetReport& report) const {
    const cv::Size size = common_size(batch);
    const auto images = static_cast<std::int64_t>(batch.size());
    const std::int64_t kernels = std::max(options_.maps - 1, 0);
    loss::PseTarget out{at::empty({images, size.height, size.width}, at::kFloat),
                        at::empty({images, kernels, size.height, size.width}, at::kFloat),
                        at::empty({images, size.height, size.width}, at::kFloat)};
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto i = static_cast<std::int64_t>(n);
      target::PseKernels drawn{plane(out.text, i), {}, plane(out.mask, i)};
      for (std::int64_t k = 0; k < kernels; ++k) drawn.kernels.push_back(plane(out.kernels, i * kernels + k));
      report += target::draw_pse_kernels(batch[n], options_, drawn);
    }
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::train
