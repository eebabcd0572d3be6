#pragma once

#include <span>
#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <scriba/core/error.hpp>
#include <scriba/loss/db_multi_class.hpp>
#include <scriba/target/db_maps.hpp>
#include <scriba/train/annotation_batch.hpp>

namespace scriba::train {

/// Label maps for loss::DbMultiClass, of the size of the annotated images. See target::draw_db_maps(). `Options::classes` must be set: 1 or
/// more kinds of text, else Error.
class DbMultiClassTargets {
 public:
  using Options = target::DbMapOptions;
  using Annotation = target::PageAnnotation;

  explicit DbMultiClassTargets(Options options = {.classes = 1}) : options_(options) {
    if (options.classes < 1) throw Error({"cannot make targets", "DbMapOptions::classes", "1 or more", std::to_string(options.classes)});
  }

  loss::DbMultiClassTarget operator()(std::span<const Annotation> batch) const {
    target::TargetReport report;
    return (*this)(batch, report);
  }
  /// The same; what became of the texts is added to `report`.
  loss::DbMultiClassTarget operator()(std::span<const Annotation> batch, target::TargetReport& report) const {
    const cv::Size size = common_size(batch);
    const auto maps = [&](at::ScalarType type) {
      return at::empty({static_cast<std::int64_t>(batch.size()), size.height, size.width}, type);
    };
    loss::DbMultiClassTarget out{{maps(at::kFloat), maps(at::kFloat), maps(at::kFloat), maps(at::kFloat)}, maps(at::kInt)};
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto i = static_cast<std::int64_t>(n);
      target::DbMaps drawn{plane(out.shrink, i), plane(out.shrink_mask, i), plane(out.threshold, i), plane(out.threshold_mask, i),
                           plane<int>(out.class_map, i)};
      report += target::draw_db_maps(batch[n], options_, drawn);
    }
    out.class_map = out.class_map.to(at::kLong);
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::train
