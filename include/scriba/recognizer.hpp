#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <opencv2/core.hpp>

#include <scriba/concepts.hpp>
#include <scriba/core/error.hpp>
#include <scriba/image/line_windows.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/image/read.hpp>
#include <scriba/nn/composition.hpp>
#include <scriba/text/merge_transcripts.hpp>

namespace scriba {

template <class B, class N, class H, class L, class P>
struct RecognizerOptions {
  typename B::Options backbone = {};
  typename N::Options neck = {};
  typename H::Options head = {};
  typename L::Options loss = {};
  typename P::Options postprocess = {};
  LineInput input = {};
};

namespace detail {

// Columns of the crop that a frame covers: the canvas has them all, the line on it is the crop.
inline void set_frame_width(Transcript& transcript, cv::Size crop, const LineSize& size, int canvas) {
  if (transcript.frames > 0)
    transcript.frame_width =
        static_cast<float>(static_cast<double>(canvas) / static_cast<double>(transcript.frames) * crop.width / size.width(crop));
}

// Runs crops through a network in batches of equal canvas. `run` maps a batch [n, planes, H, W] and the crops' sizes to n results.
template <class Result, class Run>
std::vector<Result> read_whole_lines(std::span<const cv::Mat> crops, const LineInput& input, const Run& run) {
  std::vector<int> canvas;
  for (const cv::Mat& crop : crops) canvas.push_back(input.size.canvas(crop.size()));
  std::vector<std::size_t> order(crops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return canvas[a] < canvas[b]; });

  std::vector<Result> results(crops.size());
  const int height = input.size.height;
  for (std::size_t begin = 0; begin < order.size();) {
    const int width = canvas[order[begin]];
    std::size_t end = begin;
    while (end < order.size() && canvas[order[end]] == width && static_cast<int>(end - begin) < std::max(input.max_batch, 1) &&
           (end == begin || static_cast<int>(end - begin + 1) * width <= input.max_batch_columns))
      ++end;
    const auto count = static_cast<std::int64_t>(end - begin);
    const auto planes = plane_count(input.normalization.order);
    auto batch = at::empty({count, planes, height, width}, at::kFloat);
    std::vector<cv::Size> sizes;
    for (std::size_t i = begin; i < end; ++i) {
      const cv::Mat crop = to_bgr8(crops[order[i]], "crop " + std::to_string(order[i]));
      sizes.push_back(crop.size());
      write_line(crop, input.size, input.normalization, width,
                 batch.data_ptr<float>() + static_cast<std::int64_t>(i - begin) * planes * height * width);
    }
    auto part = run(batch, std::span<const cv::Size>(sizes));
    for (std::size_t i = begin; i < end; ++i) {
      if constexpr (std::same_as<Result, Transcript>) set_frame_width(part[i - begin], sizes[i - begin], input.size, width);
      results[order[i]] = std::move(part[i - begin]);
    }
    begin = end;
  }
  return results;
}

// The same, with long lines in windows when the input says so.
template <class Result, class Run>
std::vector<Result> read_long_lines(std::span<const cv::Mat> crops, const LineInput& input, const Run& run) {
  if constexpr (std::same_as<Result, Transcript>) {
    if (input.long_lines == LongLines::split) {
      std::vector<cv::Mat> parts;
      std::vector<std::vector<cv::Range>> windows;
      for (const cv::Mat& crop : crops)
        for (const auto& window : windows.emplace_back(line_windows(crop.size(), input.size))) parts.push_back(crop.colRange(window));
      auto texts = read_whole_lines<Result>(parts, input, run);
      std::vector<Result> results;
      for (std::size_t part = 0; const auto& of_line : windows) {
        std::vector<WindowTranscript> line;
        for (const auto& window : of_line)
          line.push_back({std::move(texts[part++]), static_cast<double>(window.start), static_cast<double>(window.end)});
        results.push_back(line.size() == 1 ? std::move(line[0].transcript) : merged(line));
      }
      return results;
    }
  }
  return read_whole_lines<Result>(crops, input, run);
}

// The same, with tall lines in the best of three directions when the input says so.
template <class Result, class Run>
std::vector<Result> read_lines(std::span<const cv::Mat> crops, const LineInput& input, const Run& run) {
  if constexpr (std::same_as<Result, Transcript>) {
    if (input.tall_lines == TallLines::best_turn) {
      std::vector<cv::Mat> all(crops.begin(), crops.end());
      std::vector<std::size_t> tall;
      for (std::size_t i = 0; i < crops.size(); ++i) {
        if (!is_tall(crops[i].size())) continue;
        tall.push_back(i);
        for (const auto turn : {cv::ROTATE_90_COUNTERCLOCKWISE, cv::ROTATE_90_CLOCKWISE}) cv::rotate(crops[i], all.emplace_back(), turn);
      }
      auto results = read_long_lines<Result>(all, input, run);
      for (std::size_t k = 0; k < tall.size(); ++k) {
        auto& best = results[tall[k]];
        for (const int quarters : {1, 3}) {
          auto& turned = results[crops.size() + 2 * k + (quarters == 1 ? 0 : 1)];
          turned.quarter_turns = quarters;
          if (turned.characters.size() >= 2 && turned.score > best.score) best = std::move(turned);
        }
      }
      results.resize(crops.size());
      return results;
    }
  }
  return read_long_lines<Result>(crops, input, run);
}

}  // namespace detail

/// Reads crops of text lines: five parts like a Detector, whose backbone and neck end in one row of features.
///
/// What it returns for a crop is the post-process's result: a Transcript for text, a ClassScore for a line classifier.
/// A crop's result does not depend on the crops read with it.
template <class B, class N, class H, class L, class P>
class Recognizer final : public nn::Composition<Recognizer<B, N, H, L, P>, B, N, H, RecognizerOptions<B, N, H, L, P>> {
  static_assert(HasOptions<B>, "Recognizer: this Backbone has no Options (give it a default constructible type `Options`)");
  static_assert(Backbone<B>, "Recognizer: the first part is not a Backbone (see concept Backbone: make, out, forward)");
  static_assert(HasOptions<N>, "Recognizer: this Neck has no Options (give it a default constructible type `Options`)");
  static_assert(Neck<N>, "Recognizer: the second part is not a Neck (see concept Neck: make, accepts, out, forward)");
  static_assert(HasOptions<H>, "Recognizer: this Head has no Options (give it a default constructible type `Options`)");
  static_assert(Head<H>, "Recognizer: the third part is not a Head (see concept Head: Output, make, accepts, forward)");
  static_assert(N::accepts(B::out), "Recognizer: this Neck does not accept the feature levels of this Backbone (see Neck::accepts)");
  static_assert(H::accepts(N::out(B::out)), "Recognizer: this Head does not accept the feature levels of this Neck (see Head::accepts)");
  static_assert(LossFor<L, H>, "Recognizer: this Loss does not take the output of this Head (see concept LossFor)");
  static_assert(PostProcessFor<P, H>, "Recognizer: this PostProcess does not take the output of this Head (see concept PostProcessFor)");
  using Base = nn::Composition<Recognizer<B, N, H, L, P>, B, N, H, RecognizerOptions<B, N, H, L, P>>;

 public:
  using Target = typename L::Target;
  using PostProcess = P;
  using Result = typename P::Result;
  using typename Base::Options;
  using typename Base::Output;

  /// Throws Error when the preprocessing makes other planes (grey, colour) than the backbone takes.
  explicit Recognizer(Options options = {}) : Base(std::move(options)) { require_planes(); }

  /// The loss of a batch: `output` is what forward() returned in training mode.
  LossTerms loss(const Output& output, const Target& target) const { return L(this->options_.loss)(output, target); }

  /// One result a crop, in the order given. Needs eval(). Safe to call from several threads at once.
  std::vector<Result> predict(std::span<const cv::Mat> crops) const {
    this->require_evaluation();
    const c10::InferenceMode no_gradients;
    const P post(this->options_.postprocess);
    return detail::read_lines<Result>(crops, this->options_.input, [&](const at::Tensor& batch, std::span<const cv::Size> sizes) {
      return post(this->forward(this->like_parameters(batch)), sizes);
    });
  }

 private:
  // A misfit would show at the first crop, in the words of a convolution.
  void require_planes() const {
    if constexpr (requires { this->options_.backbone.planes; }) {
      const auto planes = [](std::int64_t n) { return std::to_string(n) + (n == 1 ? " plane" : " planes"); };
      const std::int64_t takes = this->options_.backbone.planes, makes = plane_count(this->options_.input.normalization.order);
      if (takes != makes)
        throw Error({.what = "the recogniser's backbone does not take what its preprocessing makes",
                     .where = "backbone.planes and input.normalization.order",
                     .expected = planes(takes),
                     .got = planes(makes)});
    }
  }
};

/// The same recogniser with its network run by an engine; see DeployedDetector.
template <class Model, Engine E>
class DeployedRecognizer {
 public:
  using Options = typename Model::Options;
  using Result = typename Model::Result;

  DeployedRecognizer(std::shared_ptr<const E> engine, Options options) : engine_(std::move(engine)), options_(std::move(options)) {}

  /// As Recognizer::predict.
  std::vector<Result> predict(std::span<const cv::Mat> crops) const {
    const typename Model::PostProcess post(options_.postprocess);
    return detail::read_lines<Result>(crops, options_.input, [&](const at::Tensor& batch, std::span<const cv::Size> sizes) {
      return post(output_from<typename Model::Output>(engine_->run(batch)), sizes);
    });
  }

  const Options& options() const { return options_; }
  Options& options() { return options_; }
  const E& engine() const { return *engine_; }

 private:
  std::shared_ptr<const E> engine_;
  Options options_;
};

}  // namespace scriba
