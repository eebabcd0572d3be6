#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <scriba/core/error.hpp>
#include <scriba/head/db_multi_class.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/loss/require_shape.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct DbMultiClassOptions {
  DbOptions regions{};        ///< of the loss of the DB maps
  double class_weight = 1.0;  ///< of the cross-entropy of the classes
};

/// What a DB detector that tells kinds of text apart learns from.
struct DbMultiClassTarget : DbTarget {
  at::Tensor class_map;  ///< [N, H, W], int64: 0 background, k + 1 inside whole texts of class k; below 0 where text is to be ignored

  std::vector<at::Tensor*> tensors() {
    return {&shrink, &shrink_mask, &threshold, &threshold_mask, &class_map};
  }  ///< for train::to_device()
};

/// Cross-entropy of the classes, mean over the pixels of text; 0, with zero gradient, when there is none.
///
/// `logits`: [N, classes, H, W]. `class_map` as in DbMultiClassTarget. Throws Error for a class that the head does not have.
inline at::Tensor class_cross_entropy(const at::Tensor& logits, const at::Tensor& class_map) {
  require_shape("class_map", class_map, {logits.size(0), logits.size(2), logits.size(3)});
  const auto largest = class_map.numel() > 0 ? class_map.max().item<std::int64_t>() : 0;
  if (largest > logits.size(1))
    throw Error({.what = "a class that the head does not have",
                 .where = "class_map",
                 .expected = "0 to " + std::to_string(logits.size(1)),
                 .got = std::to_string(largest)});
  constexpr std::int64_t kIgnored = -1;
  const auto target = (class_map.to(at::kLong) - 1).clamp_min(kIgnored);
  const auto sum = at::cross_entropy_loss(logits, target, {}, at::Reduction::Sum, kIgnored);
  return sum / (target >= 0).sum().clamp_min(1);
}

/// The loss of DB and a cross-entropy of the classes. Terms of Db, and `class`, unweighted.
class DbMultiClass {
 public:
  using Options = DbMultiClassOptions;
  using Target = DbMultiClassTarget;

  explicit DbMultiClass(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::DbMultiClassMaps& maps, const Target& target) const {
    auto out = Db(options_.regions)(maps.regions(), target);
    const auto classes = class_cross_entropy(maps.class_logits, target.class_map);
    out.total = out.total + options_.class_weight * classes;
    out.terms.emplace_back("class", classes);
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
