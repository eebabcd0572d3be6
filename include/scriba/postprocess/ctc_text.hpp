#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/types.hpp>

#include <scriba/core/error.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/ctc_alignment.hpp>
#include <scriba/text/ctc_beam.hpp>
#include <scriba/text/ctc_greedy.hpp>
#include <scriba/text/spaces.hpp>

namespace scriba::postprocess {

struct CtcTextOptions {
  Alphabet alphabet = {};
  ctc::GreedyOptions greedy = {};
  std::size_t beam_width = 0;                                ///< 0: greedy; else prefix beam search with this width
  std::int64_t candidates = 40;                              ///< classes a frame that extend prefixes in the beam search
  std::shared_ptr<const ctc::Lexicon> lexicon = {};          ///< for the beam search; a text that fits no word is read greedily
  std::shared_ptr<const ctc::LanguageScorer> language = {};  ///< for the beam search: which texts are likely
  ctc::SpaceRule spaces = {};
};

/// Reads the texts off the frames of a CTC head, crop by crop.
class CtcText {
 public:
  using Options = CtcTextOptions;
  using Result = Transcript;

  explicit CtcText(Options options = {}) : options_(std::move(options)) {}

  /// Throws Error when the alphabet does not have the head's number of classes.
  std::vector<Result> operator()(const head::CtcSequence& sequence, std::span<const cv::Size> sources) const {
    std::vector<Result> out;
    if (sequence.best_class.defined()) {
      const auto index = sequence.best_class.to(at::kCPU, at::kLong).contiguous();
      const auto probability = sequence.best_probability.to(at::kCPU, at::kFloat).contiguous();
      const auto frames = index.size(1);
      std::vector<ctc::Best> best(static_cast<std::size_t>(frames));
      for (std::int64_t n = 0; n < index.size(0); ++n) {
        for (std::int64_t t = 0; t < frames; ++t)
          best[static_cast<std::size_t>(t)] = {index.const_data_ptr<std::int64_t>()[n * frames + t],
                                               probability.const_data_ptr<float>()[n * frames + t]};
        out.push_back(ctc::with_spaces(ctc::greedy(best, options_.alphabet, options_.greedy), options_.spaces));
      }
      return out;
    }
    const bool logits = !sequence.probability.defined();
    const auto values = (logits ? sequence.logits : sequence.probability).detach().to(at::kCPU, at::kFloat).contiguous();
    if (values.dim() != 3 || values.size(0) != static_cast<std::int64_t>(sources.size()))
      throw Error(
          {.what = "cannot read texts off this sequence", .expected = std::to_string(sources.size()) + " sequences [N, T, classes]"});
    options_.alphabet.require_classes(values.size(2));
    for (std::int64_t n = 0; n < values.size(0); ++n)
      out.push_back(ctc::with_spaces(read({values.const_data_ptr<float>() + n * values.stride(0), values.size(1), values.size(2),
                                           values.size(2), logits ? ctc::Values::logit : ctc::Values::probability}),
                                     options_.spaces));
    return out;
  }

 private:
  Transcript read(const ctc::Frames<float>& frames) const {
    const auto best = ctc::best_path(frames);
    Transcript greedy = ctc::greedy(best, options_.alphabet, options_.greedy);
    if (options_.beam_width == 0) return greedy;
    const ctc::BeamOptions beam{
        .width = options_.beam_width, .candidates = options_.candidates, .results = 1, .blank = options_.alphabet.blank()};
    const auto found = ctc::beam_search(frames, beam, options_.lexicon.get(), options_.language.get());
    if (found.empty() || (options_.lexicon && found[0].labels.empty())) return greedy;  // no words at all are in every lexicon of many
    return ctc::aligned(frames, found[0].labels, options_.alphabet, options_.greedy);
  }

  Options options_;
};

}  // namespace scriba::postprocess
