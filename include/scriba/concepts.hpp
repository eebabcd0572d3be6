#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <opencv2/core/mat.hpp>

#include <scriba/core/feature_spec.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/loss/terms.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/nn/part.hpp>
#include <scriba/text/transcript.hpp>

/// The whole contract of the library on one page: what a part must offer to be composed.
/// docs/concepts has a page for each with a minimal model written from nothing.
namespace scriba {

template <class M>
concept NnModule = std::derived_from<M, torch::nn::Module>;

/// `P::Options`: a value type, best an aggregate used with designated initialisers.
template <class P>
concept HasOptions = requires {
  typename P::Options;
}
&&std::default_initializable<typename P::Options>&& std::copyable<typename P::Options>;

/// Image to feature maps. `B::out` says at compile time what comes out.
template <class B>
concept Backbone = NnModule<B> && HasOptions<B> && requires(B& backbone, const at::Tensor& image, typename B::Options options) {
  { B::make(options) } -> std::same_as<std::shared_ptr<B>>;
  { B::out } -> std::convertible_to<FeatureSpec>;
  { backbone.forward(image) } -> std::same_as<Features>;
};

/// Straightens images of lines before a backbone sees them: [N, C, H, W] to the same shape. See rectify::Rectified.
template <class R>
concept Rectifier = NnModule<R> && HasOptions<R> && requires(R& rectifier, const at::Tensor& image, typename R::Options options) {
  { R::make(options) } -> std::same_as<std::shared_ptr<R>>;
  { rectifier.forward(image) } -> std::same_as<at::Tensor>;
};

/// Feature maps to feature maps. `N::accepts` and `N::out` are constexpr, so that a misfit is a compile error.
template <class N>
concept Neck = NnModule<N> && HasOptions<N> && requires(N& neck, const Features& features, FeatureSpec in, typename N::Options options) {
  { N::make(in, options) } -> std::same_as<std::shared_ptr<N>>;
  { N::accepts(in) } -> std::same_as<bool>;
  { N::out(in) } -> std::same_as<FeatureSpec>;
  { neck.forward(features) } -> std::same_as<Features>;
};

/// Feature maps to the network's named outputs.
template <class H>
concept Head = NnModule<H> && HasOptions<H> && NamedOutput<typename H::Output> &&
    requires(H& head, const Features& features, FeatureSpec in, typename H::Options options) {
  { H::make(in, options) } -> std::same_as<std::shared_ptr<H>>;
  { H::accepts(in) } -> std::same_as<bool>;
  { head.forward(features) } -> std::same_as<typename H::Output>;
};

/// A loss for what head `H` returns. `L::Target` is what it compares with; it comes from targets (TargetsFor).
template <class L, class H>
concept LossFor = HasOptions<L> && std::constructible_from<L, typename L::Options> &&
    requires(const L& loss, const typename H::Output& output, const typename L::Target& target) {
  { loss(output, target) } -> std::same_as<LossTerms>;
};

/// Makes the target of loss `L` from a batch of annotations.
template <class T, class L>
concept TargetsFor = HasOptions<T> && requires(const T& targets, std::span<const typename T::Annotation> batch) {
  { targets(batch) } -> std::same_as<typename L::Target>;
};

/// Reads head `H`'s output: one result an image of the batch. `sources` tells each image's size before it was resized.
template <class P, class H>
concept PostProcessFor = HasOptions<P> && std::constructible_from<P, typename P::Options> &&
    requires(const P& post, const typename H::Output& output, std::span<const cv::Size> sources) {
  { post(output, sources) } -> std::same_as<std::vector<typename P::Result>>;
};

/// Runs a trained network: a batch [N, C, H, W] in, named outputs out. `run` is const and safe from several threads at once.
template <class E>
concept Engine = requires(const E& engine, const at::Tensor& batch) {
  { engine.run(batch) } -> std::same_as<NamedTensors>;
  { engine.name() } -> std::convertible_to<std::string>;
};

/// Finds text: one list of regions an image, in source pixels.
template <class D>
concept DetectorModel = requires(const D& detector, const cv::Mat& image) {
  { detector.predict(image) } -> std::same_as<std::vector<TextRegion>>;
};

/// Reads crops of text lines: one transcript a crop, in the order given.
template <class R>
concept RecognizerModel = requires(const R& recognizer, std::span<const cv::Mat> crops) {
  { recognizer.predict(crops) } -> std::same_as<std::vector<Transcript>>;
};

/// Which of the classes of a line classifier fits a crop best.
struct ClassScore {
  std::int64_t index{};
  float score{};  ///< probability, 0..1
};

/// Tells for each crop whether it is upright (class 0) or turned by 180 degrees (class 1).
template <class C>
concept DirectionModel = requires(const C& classifier, std::span<const cv::Mat> crops) {
  { classifier.predict(crops) } -> std::same_as<std::vector<ClassScore>>;
};

}  // namespace scriba
