#pragma once

#include <span>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <scriba/loss/pan.hpp>
#include <scriba/target/pan_maps.hpp>
#include <scriba/train/annotation_batch.hpp>

namespace scriba::train {

/// Label maps for loss::Pan, of the size of the annotated images. See target::draw_pan_maps().
class PanTargets {
 public:
  using Options = target::PanMapOptions;
  using Annotation = target::PageAnnotation;

  explicit PanTargets(Options options = {}) : options_(options) {}

  loss::PanTarget operator()(std::span<const Annotation> batch) const {
    target::TargetReport report;
    return (*this)(batch, report);
  }
  /// The same; what became of the texts is added to `report`.
  loss::PanTarget operator()(std::span<const Annotation> batch, target::TargetReport& report) const {
    const cv::Size size = common_size(batch);
    const auto maps = [&](at::ScalarType type) {
      return at::empty({static_cast<std::int64_t>(batch.size()), size.height, size.width}, type);
    };
    loss::PanTarget out{maps(at::kFloat), maps(at::kInt), maps(at::kFloat), maps(at::kInt), maps(at::kFloat)};
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto i = static_cast<std::int64_t>(n);
      target::PanMaps drawn{plane(out.text, i), plane<int>(out.text_instance, i), plane(out.kernel, i), plane<int>(out.kernel_instance, i),
                            plane(out.mask, i)};
      report += target::draw_pan_maps(batch[n], options_, drawn);
    }
    out.text_instance = out.text_instance.to(at::kLong);
    out.kernel_instance = out.kernel_instance.to(at::kLong);
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::train
