#pragma once
// A part of a real photo, and a network that learns it by heart.

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include <scriba/detector.hpp>
#include <scriba/geometry/iou.hpp>
#include <scriba/image/read.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include "target/pages.hpp"

namespace zoo_tests {

struct PhotoPage {
  cv::Mat image;
  scriba::target::PageAnnotation annotation;
};

/// The sign with eight words in docs/images/img_233.jpg (ICDAR 2015, CC BY 4.0; words as annotated there), `side` x `side` pixels.
/// `flip` as cv::flip's, beyond 1: not at all.
inline PhotoPage sign(int side, double brightness, int flip = 2) {
  constexpr int kLeft = 424, kTop = 100, kSize = 145;
  const std::array<std::array<float, 8>, 8> words{{{495, 126, 553, 118, 555, 139, 497, 146},
                                                   {459, 131, 495, 127, 496, 145, 460, 149},
                                                   {431, 136, 459, 132, 460, 151, 431, 154},
                                                   {460, 153, 498, 148, 499, 166, 460, 171},
                                                   {499, 150, 527, 147, 527, 163, 499, 166},
                                                   {446, 180, 491, 173, 493, 193, 448, 200},
                                                   {497, 172, 548, 167, 547, 187, 496, 192},
                                                   {453, 202, 546, 190, 548, 211, 454, 222}}};
  cv::Mat image;
  cv::resize(scriba::read_image(SCRIBA_SOURCE "/docs/images/img_233.jpg")(cv::Rect(kLeft, kTop, kSize, kSize)), image, {side, side}, 0, 0,
             cv::INTER_CUBIC);
  image.convertTo(image, -1, brightness);
  if (flip <= 1) cv::flip(image, image, flip);
  const bool across = flip == 1 || flip == -1, upside = flip == 0 || flip == -1;
  std::vector<scriba::Polygon> polygons;
  for (const auto& word : words) {
    scriba::Polygon polygon;
    for (std::size_t i = 0; i < word.size(); i += 2) {
      const float x = (word[i] - kLeft) / kSize, y = (word[i + 1] - kTop) / kSize;
      polygon.emplace_back((across ? 1 - x : x) * static_cast<float>(side), (upside ? 1 - y : y) * static_cast<float>(side));
    }
    if (across != upside) std::ranges::reverse(polygon);  // stays clockwise
    polygons.push_back(std::move(polygon));
  }
  return {image, pages::page(image.size(), polygons)};
}

/// The sign in four variants, since batch norm in a squeeze-excite gate needs images that differ.
inline std::vector<PhotoPage> variants(int side) { return {sign(side, 1), sign(side, 0.6, 1), sign(side, 1.3, 0), sign(side, 0.8, -1)}; }

struct Fit {
  double first_loss, last_loss;
  std::size_t words;    // of the first variant
  std::size_t regions;  // that predict() finds there
  std::size_t found;    // words whose IoU with a region is above 0.5
  bool finds_its_words() const { return found == words && regions == words; }
};

/// Trains on the variants with Adam, its rate falling along a cosine, and then looks for the words of the first one.
inline Fit overfit(const scriba::zoo::TrainableDetector& detector, int side, int steps, double rate = 3e-3) {
  const auto photos = variants(side);
  detector.input->resize = {.by = scriba::ResizeSide::shorter, .side = side, .multiple = 32};
  std::vector<at::Tensor> images;
  std::vector<scriba::target::PageAnnotation> annotations;
  for (const auto& page : photos) {
    images.push_back(scriba::detector_batch(page.image, *detector.input));
    annotations.push_back(page.annotation);
  }
  const auto batch = torch::cat(images).contiguous(at::MemoryFormat::ChannelsLast);
  torch::optim::Adam optimizer(detector.module->parameters(), torch::optim::AdamOptions(rate));
  Fit fit{};
  detector.module->train();
  for (int step = 0; step < steps; ++step) {
    static_cast<torch::optim::AdamOptions&>(optimizer.param_groups()[0].options())
        .lr(rate * (0.02 + 0.49 * (1 + std::cos(std::numbers::pi * step / steps))));
    const auto loss = detector.loss_of(batch, annotations).total;
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    (step == 0 ? fit.first_loss : fit.last_loss) = loss.item<double>();
  }
  detector.module->eval();
  const auto regions = detector.predict(photos[0].image);
  fit.words = photos[0].annotation.texts.size();
  fit.regions = regions.size();
  for (const auto& text : photos[0].annotation.texts)
    fit.found += std::ranges::any_of(regions, [&](const auto& region) { return scriba::iou(region.polygon, text.polygon) > 0.5; });
  return fit;
}

}  // namespace zoo_tests
