#pragma once
// Outputs of a CTC head and texts for them, for the tests of all losses that take these.

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <string>
#include <vector>

#include <scriba/loss/ctc.hpp>

namespace sequences {

inline scriba::head::CtcSequence sequence(const at::Tensor& logits) {
  scriba::head::CtcSequence out;
  out.logits = logits;
  return out;
}

inline scriba::loss::CtcTarget target(const std::vector<std::vector<std::int64_t>>& texts) {
  std::vector<std::int64_t> labels, lengths;
  for (const auto& text : texts) {
    labels.insert(labels.end(), text.begin(), text.end());
    lengths.push_back(static_cast<std::int64_t>(text.size()));
  }
  return {at::tensor(labels, at::kLong), at::tensor(lengths, at::kLong)};
}

inline double term(const scriba::LossTerms& loss, const std::string& name) {
  for (const auto& [key, value] : loss.terms)
    if (key == name) return value.item<double>();
  FAIL("no term ", name);
  return 0;
}

}  // namespace sequences
