#pragma once
// The reference's recognition losses, computed with ours: the other half of reference_losses.hpp.

#include <scriba/loss/center.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/fixed_length.hpp>
#include <scriba/loss/focal_ctc.hpp>
#include <scriba/train/frame_labels.hpp>
#include "support/reference_loss.hpp"

namespace golden::reference_loss {

namespace loss = scriba::loss;
namespace head = scriba::head;

inline at::Tensor labels(const Arguments& a, const char* name = "labels") {
  const auto& values = a.at(name);
  if (!values.empty() && values[0].is_array()) {
    std::vector<at::Tensor> rows;
    for (const auto& row : values) rows.push_back(at::tensor(row.get<std::vector<std::int64_t>>(), at::kLong));
    return at::stack(rows);
  }
  return at::tensor(values.get<std::vector<std::int64_t>>(), at::kLong);
}

inline ReferenceLoss ctc(const Tensors& t, const Arguments& a, bool length_weight) {
  const loss::CtcOptions options{.blank = a.at("blank").get<std::int64_t>(),
                                 .length_weight = length_weight,
                                 .form = loss::LossForm::reference,
                                 .reference_batch = a.at("batch_size").get<std::int64_t>()};
  head::CtcSequence sequence;
  sequence.logits = t.at("logits");
  const loss::CtcTarget target{labels(a), labels(a, "label_lengths")};
  ReferenceLoss out{loss::Ctc(options)(sequence, target).total, {}};
  out.terms["per_sample_unweighted"] = loss::ctc_samples(sequence, target, options).each;
  out.terms["weights"] = loss::ctc_length_weight(sequence.logits, target.lengths, options.blank, options.form);
  out.terms["nonblank_frames"] = (sequence.logits.argmax(-1) != options.blank).sum(1);
  return out;
}

/// The reference's centre term of a training step; its logits are [T, N, classes].
inline ReferenceLoss center_pipeline(const Tensors& t, const Arguments& a) {
  const double confidence = a.at("label_score").get<double>();
  head::CtcSequence live, frozen;
  live.logits = t.at("logits").transpose(0, 1);
  frozen.logits = t.at("frozen_logits").transpose(0, 1);
  const auto shown = scriba::train::frame_labels(frozen, {.confidence = confidence, .last_of_run = false});
  const auto centers = std::make_shared<loss::ClassCenters>(a.at("num_classes").get<std::int64_t>(), a.at("feat_dim").get<std::int64_t>());
  centers->centers = t.at("centers");
  return {a.at("weight_center").get<double>() * loss::Center({.centers = centers})(live, shown).total,
          {{"selected", (shown >= 0).sum()},
           {"selected_labels", shown.masked_select(shown >= 0)},
           {"min_conf_margin", (std::get<0>(frozen.logits.softmax(-1).max(-1)) - confidence).abs().min()}}};
}

/// ctc_weight on logits that see blanks only in sample 0, and in sample 1 from frame 5 on (as the case's description says).
inline ReferenceLoss ctc_weight_inf(const Tensors& t, const Arguments& a) {
  auto more = at::zeros_like(t.at("logits"));
  more[0].select(1, a.at("blank").get<std::int64_t>()).fill_(20);
  more[1].slice(0, 5).select(1, a.at("blank").get<std::int64_t>()).fill_(20);
  return ctc({{"logits", t.at("logits") + more}}, a, true);
}

/// By the first words of a case's name.
inline const std::map<std::string, ReferenceLossFunction>& line_losses() {
  static const std::map<std::string, ReferenceLossFunction> table{
      {"ctc", [](const Tensors& t, const Arguments& a) { return ctc(t, a, false); }},
      {"ctc_weight", [](const Tensors& t, const Arguments& a) { return ctc(t, a, true); }},
      {"ctc_weight_inf", ctc_weight_inf},
      {"focal_ctc",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{loss::focal_ctc(t.at("ctc"), a.value("alpha", 0.95), a.value("gamma", 1.0)).sum(), {}};
       }},
      {"fc",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{loss::position_cross_entropy(t.at("logits"), labels(a), a.at("ignore_index").get<std::int64_t>()), {}};
       }},
      {"center",
       [](const Tensors& t, const Arguments& a) {
         return ReferenceLoss{loss::center_distance(t.at("features"), labels(a), t.at("centers")), {}};
       }},
      {"center_pipeline", center_pipeline},
  };
  return table;
}

}  // namespace golden::reference_loss
