#pragma once
// The reference's losses by its names for them, their arguments, predictions, targets and terms, computed with ours.

#include <map>
#include <string>

#include <scriba/loss/balanced_cross_entropy.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/loss/db_distillation.hpp>
#include <scriba/loss/db_multi_class.hpp>
#include <scriba/loss/dice.hpp>
#include <scriba/loss/focal_cross_entropy.hpp>
#include <scriba/loss/masked_l1.hpp>
#include <scriba/loss/ohem.hpp>
#include <scriba/loss/pan.hpp>
#include <scriba/loss/pixel_aggregation.hpp>
#include <scriba/loss/pse.hpp>
#include <scriba/loss/sast.hpp>
#include "support/reference_line_losses.hpp"
#include "support/reference_loss.hpp"

namespace golden {

inline ReferenceLoss by_reference_names(const scriba::LossTerms& loss) {
  static const std::map<std::string, std::string> names{
      {"dice", "thresh"}, {"aggregation", "agg"}, {"discrimination", "dis"}, {"distillation", "distil"}};
  ReferenceLoss out{loss.total, {}};
  for (const auto& [name, value] : loss.terms) out.terms[names.contains(name) ? names.at(name) : name] = value;
  return out;
}

namespace reference_loss {

inline at::Tensor optional(const Tensors& t, const std::string& name) { return t.contains(name) ? t.at(name) : at::Tensor(); }
inline at::Tensor integers(const Tensors& t, const std::string& name) { return t.at(name).to(at::kLong); }

inline loss::DbOptions db_options(const Arguments& a) {
  return {.shrink_weight = a.value("bce_scale", 1.0), .threshold_weight = a.value("l1_scale", 10.0), .epsilon = a.value("eps", 1e-6)};
}
inline head::DbMaps db_maps(const Tensors& t, const std::string& prefix = "") {
  return {t.at(prefix + "binary"), optional(t, prefix + "thresh"), optional(t, prefix + "thresh_binary")};
}
inline loss::DbTarget db_target(const Tensors& t) { return {t.at("gt"), t.at("mask"), t.at("thresh_map"), t.at("thresh_mask")}; }

inline ReferenceLoss db(const Tensors& t, const Arguments& a) {
  return by_reference_names(loss::Db(db_options(a))(db_maps(t), db_target(t)));
}

inline ReferenceLoss db_mul(const Tensors& t, const Arguments& a) {
  const loss::DbMultiClass db_loss({.regions = db_options(a), .class_weight = a.value("class_scale", 1.0)});
  const auto maps = db_maps(t);
  return by_reference_names(
      db_loss({maps.shrink, maps.threshold, maps.binary, t.at("binary_class")}, {db_target(t), integers(t, "gt_class")}));
}

inline ReferenceLoss pse(const Tensors& t, const Arguments& a) {
  const loss::Pse pse_loss({.text_weight = a.value("text_ratio", a.value("text_tatio", 0.7)), .form = loss::LossForm::reference});
  return by_reference_names(pse_loss({at::cat({t.at("pre_text").unsqueeze(1), t.at("pre_kernel")}, 1)},
                                     {t.at("gt_text"), t.at("gt_kernel"), t.at("train_mask")}));
}

inline ReferenceLoss pan(const Tensors& t, const Arguments& a) {
  const loss::Pan pan_loss({.kernel_weight = a.value("kernel_rate", 0.5),
                            .similarity_weight = a.value("agg_dis_rate", 0.25),
                            .form = loss::LossForm::reference});
  return by_reference_names(
      pan_loss({at::cat({t.at("pre_text").unsqueeze(1), t.at("pre_kernel").unsqueeze(1), t.at("similarity_vector")}, 1)},
               {t.at("gt_text"), integers(t, "gt_text_key"), t.at("gt_kernel"), integers(t, "gt_kernel_key"), t.at("train_mask")}));
}

inline loss::PixelAggregationTerms pan_similarity(const Tensors& t, const Arguments& a) {
  const auto kernel = integers(t, "gt_kernel_key");
  return loss::pixel_aggregation(t.at("similarity_vector"), t.contains("gt_text_key") ? integers(t, "gt_text_key") : kernel, kernel,
                                 t.at("train_mask"),
                                 {.aggregation_margin = a.value("sigma_agg", 0.5),
                                  .discrimination_margin = a.value("sigma_dis", 3.0),
                                  .form = loss::LossForm::reference});
}

inline ReferenceLoss sast(const Tensors& t, const Arguments& a) {
  const loss::Sast sast_loss({.score_weight = a.value("score_lw", 1.0),
                              .border_weight = a.value("border_lw", 1.0),
                              .tvo_weight = a.value("tvo_lw", 1.5),
                              .tco_weight = a.value("tco_lw", 1.5)});
  return by_reference_names(
      sast_loss({t.at("f_score"), t.at("f_border"), t.at("f_tvo"), t.at("f_tco")},
                {t.at("input_score"), t.at("input_border"), t.at("input_tvo"), t.at("input_tco"), t.at("input_mask")}));
}

inline ReferenceLoss distil_total(const Tensors& t, const Arguments& a) {
  const loss::DbDistillation distillation({.truth = db_options(a), .truth_weight = a.at("t_ratio").get<double>()});
  auto out = by_reference_names(distillation(db_maps(t, "s_"), db_maps(t, "t_"), db_target(t)));
  out.terms["db"] = loss::Db(db_options(a))(db_maps(t, "s_"), db_target(t)).total;
  return out;
}

}  // namespace reference_loss

/// The losses of detectors by the first words of the case's name, and by their class.
inline const std::map<std::string, ReferenceLossFunction>& page_losses() {
  using namespace reference_loss;
  static const std::map<std::string, ReferenceLossFunction> table{
      {"dice",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{loss::dice(t.at("pred"), t.at("gt"), t.at("mask"), a.value("eps", 1e-6)), {}};
       }},
      {"bce",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{
             loss::balanced_cross_entropy(t.at("pred"), t.at("gt"), t.at("mask"), a.value("negative_ratio", 3.0), a.value("eps", 1e-6)),
             {}};
       }},
      {"mask_l1",
       [](const Tensors& t, const Arguments&) {
         return ReferenceLoss{loss::masked_l1(t.at("pred"), t.at("gt"), t.at("mask")), {}};
       }},
      {"focal_bce",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{loss::focal_cross_entropy(t.at("pred"), t.at("gt"), t.at("mask"), a.value("alpha", 0.25),
                                                        a.value("gamma", 2.0), a.value("eps", 1e-6)),
                              {}};
       }},
      {"mul_class",
       [](const Tensors& t, const Arguments&) {
         return ReferenceLoss{loss::class_cross_entropy(t.at("binary_class"), integers(t, "gt_class")), {}};
       }},
      {"ohem",
       [](const Tensors& t, const Arguments&) {
         const auto mask = loss::ohem_mask(t.at("score"), t.at("gt"), t.at("mask"), 3.0, loss::LossForm::reference);
         return ReferenceLoss{mask.sum(), {{"mask", mask}}};
       }},
      {"pan_agg",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{pan_similarity(t, a).aggregation, {}};
       }},
      {"pan_dis",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{pan_similarity(t, a).discrimination, {}};
       }},
      {"distil",
       [](const Tensors& t, const Arguments&) {
         return ReferenceLoss{loss::db_distillation(db_maps(t, "s_"), db_maps(t, "t_")), {}};
       }},
      {"distil_total", distil_total},
      {"db", db},
      {"db_loss.DBLoss", db},
      {"db_mul", db_mul},
      {"db_loss.DBLossMul", db_mul},
      {"pse", pse},
      {"pse_loss.PSELoss", pse},
      {"pan", pan},
      {"pan_loss.PANLoss", pan},
      {"sast", sast},
      {"sast_loss.SASTLoss", sast},
  };
  return table;
}

/// Every loss of losses.json.
inline const std::map<std::string, ReferenceLossFunction>& reference_losses() {
  static const auto table = [] {
    auto all = page_losses();
    all.insert(reference_loss::line_losses().begin(), reference_loss::line_losses().end());
    return all;
  }();
  return table;
}

}  // namespace golden
