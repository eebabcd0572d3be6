#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <opencv2/imgproc.hpp>

#include <scriba/concepts.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/image/read.hpp>
#include <scriba/nn/composition.hpp>

namespace scriba {

template <class B, class N, class H, class L, class P>
struct DetectorOptions {
  typename B::Options backbone = {};
  typename N::Options neck = {};
  typename H::Options head = {};
  typename L::Options loss = {};
  typename P::Options postprocess = {};
  DetectorInput input = {};
};

/// An image as a detector's batch of one: [1, 3, H, W], float32.
inline at::Tensor detector_batch(const cv::Mat& image, const DetectorInput& input) {
  const cv::Mat bgr = to_bgr8(image);
  const cv::Size size = input.resize(bgr.size());
  cv::Mat resized;
  cv::resize(bgr, resized, size, 0, 0, cv::INTER_LINEAR);
  auto batch = at::empty({1, 3, size.height, size.width}, at::kFloat);
  normalize_into(resized, input.normalization, batch.data_ptr<float>(), size.width, static_cast<std::int64_t>(size.height) * size.width);
  return batch;
}

/// A text detector made of five parts. Anything that meets the concepts fits; what does not is a compile error in one sentence.
///
///     using Model = scriba::Detector<backbone::ResNet50, neck::Fpn<256>, head::Db, loss::Db, postprocess::DbBoxes>;
///
/// A torch module like any other: `parameters()`, `to()`, `train()`, `clone()`. Its state_dict names start with `backbone.`, `neck.`,
/// `head.`.
template <class B, class N, class H, class L, class P>
class Detector final : public nn::Composition<Detector<B, N, H, L, P>, B, N, H, DetectorOptions<B, N, H, L, P>> {
  static_assert(HasOptions<B>, "Detector: this Backbone has no Options (give it a default constructible type `Options`)");
  static_assert(Backbone<B>, "Detector: the first part is not a Backbone (see concept Backbone: make, out, forward)");
  static_assert(HasOptions<N>, "Detector: this Neck has no Options (give it a default constructible type `Options`)");
  static_assert(Neck<N>, "Detector: the second part is not a Neck (see concept Neck: make, accepts, out, forward)");
  static_assert(HasOptions<H>, "Detector: this Head has no Options (give it a default constructible type `Options`)");
  static_assert(Head<H>, "Detector: the third part is not a Head (see concept Head: Output, make, accepts, forward)");
  static_assert(N::accepts(B::out), "Detector: this Neck does not accept the feature levels of this Backbone (see Neck::accepts)");
  static_assert(H::accepts(N::out(B::out)), "Detector: this Head does not accept the feature levels of this Neck (see Head::accepts)");
  static_assert(LossFor<L, H>, "Detector: this Loss does not take the output of this Head (see concept LossFor)");
  static_assert(PostProcessFor<P, H>, "Detector: this PostProcess does not take the output of this Head (see concept PostProcessFor)");
  using Base = nn::Composition<Detector<B, N, H, L, P>, B, N, H, DetectorOptions<B, N, H, L, P>>;

 public:
  using Target = typename L::Target;
  using PostProcess = P;
  using typename Base::Options;
  using typename Base::Output;

  explicit Detector(Options options = {}) : Base(std::move(options)) {}

  /// The loss of a batch: `output` is what forward() returned in training mode.
  LossTerms loss(const Output& output, const Target& target) const { return L(this->options_.loss)(output, target); }

  /// Finds the text of one image of any size, depth and channel count. Needs eval(). Safe to call from several threads at once.
  std::vector<TextRegion> predict(const cv::Mat& image) const {
    this->require_evaluation();
    const c10::InferenceMode no_gradients;
    const cv::Size source = image.size();
    return P(this->options_.postprocess)(this->forward(this->like_parameters(detector_batch(image, this->options_.input))),
                                         {&source, 1})[0];
  }
};

/// The same detector with its network run by an engine, for example OpenVINO from an ONNX file.
///
/// `Model` is the composed type; its pre- and post-processing come from the options, the network from the engine.
template <class Model, Engine E>
class DeployedDetector {
 public:
  using Options = typename Model::Options;

  DeployedDetector(std::shared_ptr<const E> engine, Options options) : engine_(std::move(engine)), options_(std::move(options)) {}

  /// As Detector::predict.
  std::vector<TextRegion> predict(const cv::Mat& image) const {
    const cv::Size source = image.size();
    const auto outputs = engine_->run(detector_batch(image, options_.input));
    return typename Model::PostProcess(options_.postprocess)(output_from<typename Model::Output>(outputs), {&source, 1})[0];
  }

  const Options& options() const { return options_; }
  Options& options() { return options_; }
  const E& engine() const { return *engine_; }

 private:
  std::shared_ptr<const E> engine_;
  Options options_;
};

}  // namespace scriba
