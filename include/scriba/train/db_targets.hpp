#pragma once

#include <span>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <scriba/loss/db.hpp>
#include <scriba/target/db_maps.hpp>
#include <scriba/train/annotation_batch.hpp>

namespace scriba::train {

/// Label maps for loss::Db, of the size of the annotated images. See target::draw_db_maps().
class DbTargets {
 public:
  using Options = target::DbMapOptions;
  using Annotation = target::PageAnnotation;

  explicit DbTargets(Options options = {}) : options_(options) { options_.classes = 0; }

  loss::DbTarget operator()(std::span<const Annotation> batch) const {
    target::TargetReport report;
    return (*this)(batch, report);
  }
  /// The same; what became of the texts is added to `report`.
  loss::DbTarget operator()(std::span<const Annotation> batch, target::TargetReport& report) const {
    const cv::Size size = common_size(batch);
    const auto maps = [&] { return at::empty({static_cast<std::int64_t>(batch.size()), size.height, size.width}, at::kFloat); };
    loss::DbTarget out{maps(), maps(), maps(), maps()};
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto i = static_cast<std::int64_t>(n);
      target::DbMaps drawn{plane(out.shrink, i), plane(out.shrink_mask, i), plane(out.threshold, i), plane(out.threshold_mask, i), {}};
      report += target::draw_db_maps(batch[n], options_, drawn);
    }
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::train
