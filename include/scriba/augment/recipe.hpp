#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include <scriba/augment/affine_crop.hpp>
#include <scriba/augment/background.hpp>
#include <scriba/augment/blur.hpp>
#include <scriba/augment/color.hpp>
#include <scriba/augment/curve.hpp>
#include <scriba/augment/distort.hpp>
#include <scriba/augment/east_crop.hpp>
#include <scriba/augment/edges.hpp>
#include <scriba/augment/flip.hpp>
#include <scriba/augment/noise.hpp>
#include <scriba/augment/perspective.hpp>
#include <scriba/augment/policy.hpp>
#include <scriba/augment/rotate.hpp>
#include <scriba/augment/scale.hpp>
#include <scriba/augment/strokes.hpp>
#include <scriba/augment/window_crop.hpp>

/// Whole augmentations: chains of policies to start from.
namespace scriba::augment::recipe {

/// For fine-tuning any detector: one resampling, no mirror, light colours.
inline auto pages(cv::Size size) {
  return Chain{AffineCrop{.size = size}, ColorJitter{.brightness = {0.8, 1.2}, .contrast = {0.8, 1.2}, .saturation = {0.5, 1.5}}};
}

/// pytorchOCR's for DB.
inline auto db(cv::Size size) {
  return Chain{RandomScale{.min_side = std::max(size.width, size.height)}, RotateDegrees{}, Maybe{0.5, FlipHorizontal{}},
               EastCrop{.size = size}, ColorJitter{}};
}

/// pytorchOCR's for PSE.
inline auto pse(cv::Size size) {
  return Chain{RandomScale{.min_side = std::max(size.width, size.height)}, Maybe{0.5, FlipHorizontal{}}, RotateDegrees{},
               WindowCrop{.size = size}, ColorJitter{}};
}

/// pytorchOCR's for PAN.
inline auto pan(cv::Size size) {
  return Chain{ScaleShorterSide{}, RotateDegrees{}, Maybe{0.5, FlipHorizontal{}}, WindowCrop{.size = size}, ColorJitter{}};
}

/// pytorchOCR's for SAST (SASTProcess.py).
inline auto sast(cv::Size size) {
  const auto light = [](const Range& factor) { return ColorJitter{.brightness = factor, .saturation = {1, 1}}; };
  return Chain{RandomScale{.min_side = std::max(size.width, size.height)},
               RotateDegrees{},
               Maybe{0.5, FlipHorizontal{}},
               EastCrop{.size = size, .tries = 20, .min_side = 0.3},
               Maybe{0.05, GaussianBlur{}},
               Maybe{0.05, light({1, 1.5})},
               Maybe{0.05, light({0.5, 1})}};
}

namespace detail {

template <class... More>
auto word_changes(More... more) {
  return Maybe{0.5, OneOf{MotionBlur{}, GaussianBlur{}, ColorJitter{.brightness = {1, 1}, .contrast = {0.6, 1.3}, .saturation = {1, 1}},
                          Perspective{.horizontal = 0.05, .vertical = 0.1}, ResizeBlur{}, FadeDarkest{}, GridDistortion{}, HsvJitter{},
                          EdgeLines{}, EdgeCrop{}, std::move(more)...}};
}

}  // namespace detail

/// pytorchOCR's for words, without backgrounds: half of the words get one of ten changes.
inline auto words() { return detail::word_changes(); }

/// The same with an eleventh: a background shines through. `backgrounds`: one picture or more.
inline auto words(std::vector<cv::Mat> backgrounds) { return detail::word_changes(BlendBackground{.backgrounds = std::move(backgrounds)}); }

/// For learning from some thousand photographed words again and again: every word looks different each time, as another camera, another
/// light and a less exact box would have it.
inline auto photographed_words() {
  return Chain{Maybe{0.5, Perspective{.horizontal = 0.06, .vertical = 0.14}},
               Maybe{0.25, EdgeCrop{.share = 0.12}},
               Maybe{0.25, OneOf{Stretch{.strength = 0.25}, GridDistortion{}, Bend{.arc = {-30, 30}}}},
               ColorJitter{.brightness = {0.6, 1.4}, .contrast = {0.6, 1.4}, .saturation = {0.4, 1.6}, .hue = {-20, 20}},
               Maybe{0.35, OneOf{GaussianBlur{}, MotionBlur{}, ResizeBlur{}}},
               Maybe{0.2, OneOf{GaussianNoise{}, JpegArtifacts{}}}};
}

}  // namespace scriba::augment::recipe
