#pragma once

#include <concepts>
#include <cstddef>
#include <tuple>
#include <utility>

#include <opencv2/core/mat.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>
#include <scriba/augment/range.hpp>

/// Random changes of training samples.
///
/// A policy is a value: an aggregate of options with a const call operator, which takes what it changes and the sample's random numbers.
/// It keeps nothing between calls, so one policy serves all threads. Bad options and images throw Error when it is called.
namespace scriba::augment {

/// Changes pixels but not where they are: takes the image of a page or word, and replaces it by another of the same size and type.
template <class A>
concept ImageAugmentation = std::copyable<A> && requires(const A& policy, cv::Mat& image, Random& random) {
  { policy(image, random) } -> std::same_as<void>;
};

/// Changes a page: its image and its texts, or its image alone.
template <class A>
concept PageAugmentation = ImageAugmentation<A> ||(std::copyable<A>&& requires(const A& policy, Page& page, Random& random) {
  { policy(page, random) } -> std::same_as<void>;
});

/// Changes a crop of a word or line.
template <class A>
concept WordAugmentation = ImageAugmentation<A> ||(std::copyable<A>&& requires(const A& policy, Word& word, Random& random) {
  { policy(word, random) } -> std::same_as<void>;
});

/// Calls a policy with a page or word, or with its image if it takes no more.
template <PageAugmentation A>
void apply(const A& policy, Page& page, Random& random) {
  if constexpr (ImageAugmentation<A>)
    policy(page.image, random);
  else
    policy(page, random);
}
template <WordAugmentation A>
void apply(const A& policy, Word& word, Random& random) {
  if constexpr (ImageAugmentation<A>)
    policy(word.image, random);
  else
    policy(word, random);
}
template <ImageAugmentation A>
void apply(const A& policy, cv::Mat& image, Random& random) {
  policy(image, random);
}

/// That `apply` takes the policy and an `S`: Page, Word or cv::Mat.
template <class A, class S>
concept AugmentationOf = requires(const A& policy, S& sample, Random& random) {
  apply(policy, sample, random);
};

/// One policy after the other: `Chain{RotateDegrees{}, FlipHorizontal{}}`. A chain is a policy of whatever all of its own are policies of.
template <class... Policies>
struct Chain {
  std::tuple<Policies...> policies;

  explicit Chain(Policies... given) : policies(std::move(given)...) {}

  template <class S>
  requires(AugmentationOf<Policies, S>&&...) void operator()(S& sample, Random& random) const {
    std::apply([&](const auto&... policy) { (apply(policy, sample, random), ...); }, policies);
  }
};

/// A policy that is applied to a share of the samples: `Maybe{0.3, GaussianBlur{}}`.
template <class Policy>
struct Maybe {
  double probability = 0.5;  ///< 0: never, 1: always
  Policy policy{};

  template <class S>
  requires AugmentationOf<Policy, S>
  void operator()(S& sample, Random& random) const {
    require_value("Maybe::probability", probability, 0, 1);
    if (random.chance(probability)) apply(policy, sample, random);
  }
};
template <class Policy>
Maybe(double, Policy) -> Maybe<Policy>;

/// One of several policies, all equally often: `OneOf{GaussianBlur{}, MotionBlur{}}`.
template <class... Policies>
struct OneOf {
  static_assert(sizeof...(Policies) > 0, "OneOf: name at least one policy");
  std::tuple<Policies...> policies;

  explicit OneOf(Policies... given) : policies(std::move(given)...) {}

  template <class S>
  requires(AugmentationOf<Policies, S>&&...) void operator()(S& sample, Random& random) const {
    const int chosen = random.integer(0, static_cast<int>(sizeof...(Policies)) - 1);
    int number = 0;
    std::apply([&](const auto&... policy) { ((number++ == chosen ? apply(policy, sample, random) : void()), ...); }, policies);
  }
};

}  // namespace scriba::augment
