#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <scriba/core/error.hpp>
#include <scriba/loss/sast.hpp>
#include <scriba/target/sast_maps.hpp>
#include <scriba/train/annotation_batch.hpp>

namespace scriba::train {

/// Label maps for loss::Sast, a quarter of the size of the annotated images. See target::draw_sast_maps().
class SastTargets {
 public:
  using Options = target::SastMapOptions;
  using Annotation = target::PageAnnotation;

  explicit SastTargets(Options options = {}) : options_(options) {}

  loss::SastTarget operator()(std::span<const Annotation> batch) const {
    target::TargetReport report;
    return (*this)(batch, report);
  }
  /// The same; what became of the texts is added to `report`. Images whose sides are not whole strides are an Error: the network's maps
  /// would be of another size.
  loss::SastTarget operator()(std::span<const Annotation> batch, target::TargetReport& report) const {
    const cv::Size size = common_size(batch);
    const int stride = options_.stride;
    if (stride < 1 || size.width % stride != 0 || size.height % stride != 0)
      throw Error({"cannot make targets", "PageAnnotation::size", "sides of whole strides of " + std::to_string(stride) + " pixels",
                   std::to_string(size.width) + " x " + std::to_string(size.height)});
    const auto maps = [&](std::int64_t channels) {
      return at::empty({static_cast<std::int64_t>(batch.size()), channels, size.height / stride, size.width / stride}, at::kFloat);
    };
    loss::SastTarget out{maps(1), maps(5), maps(9), maps(3), maps(1)};
    const auto planes = [](auto& to, const at::Tensor& from, std::int64_t image) {
      const auto channels = static_cast<std::int64_t>(to.size());
      for (std::int64_t c = 0; c < channels; ++c) to[static_cast<std::size_t>(c)] = plane(from, image * channels + c);
    };
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto i = static_cast<std::int64_t>(n);
      target::SastMaps drawn;
      drawn.score = plane(out.score, i), drawn.mask = plane(out.mask, i);
      planes(drawn.border, out.border, i), planes(drawn.tvo, out.tvo, i), planes(drawn.tco, out.tco, i);
      report += target::draw_sast_maps(batch[n], options_, drawn);
    }
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::train
