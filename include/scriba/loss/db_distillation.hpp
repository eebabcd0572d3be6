#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones_like.h>

#include <scriba/head/db.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/loss/dice.hpp>
#include <scriba/loss/require_shape.hpp>
#include <scriba/loss/terms.hpp>

namespace scriba::loss {

struct DbDistillationOptions {
  DbOptions truth{};          ///< of the loss against the annotations
  double truth_weight = 0.5;  ///< 0 .. 1; the teacher gets the rest
  double epsilon = 1e-6;
};

/// Dice loss of a DB student's shrink and binary maps against its teacher's, added up. The threshold map is free: only what it does counts.
///
/// A teacher outside training mode, or folded, has no binary map: its shrink map stands in, as the annotated one is the truth of both
/// (Db). No gradient reaches the teacher. Throws Error when maps differ in size.
inline at::Tensor db_distillation(const head::DbMaps& student, const head::DbMaps& teacher, double epsilon = 1e-6) {
  const auto against = [&](const char* name, const at::Tensor& map, const at::Tensor& truth) {
    require_shape(name, truth, map.sizes());
    return dice(map, truth.detach(), at::ones_like(map), epsilon);
  };
  const auto shrink = against("teacher's shrink map", student.shrink, teacher.shrink);
  if (!student.binary.defined()) return shrink;
  return shrink + against("teacher's binary map", student.binary, teacher.binary.defined() ? teacher.binary : teacher.shrink);
}

/// Learns from annotations and a teacher: L = w L_db + (1 - w) L_distillation. Terms of Db, and `distillation`, unweighted.
class DbDistillation {
 public:
  using Options = DbDistillationOptions;

  explicit DbDistillation(Options options = {}) : options_(options) {}

  LossTerms operator()(const head::DbMaps& student, const head::DbMaps& teacher, const DbTarget& target) const {
    auto out = Db(options_.truth)(student, target);
    const auto distillation = db_distillation(student, teacher, options_.epsilon);
    out.total = options_.truth_weight * out.total + (1 - options_.truth_weight) * distillation;
    out.terms.emplace_back("distillation", distillation);
    return out;
  }

 private:
  Options options_;
};

}  // namespace scriba::loss
