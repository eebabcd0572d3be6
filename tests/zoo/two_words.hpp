#pragma once
// A drawn page with two words, and a network that learns it by heart.

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

#include <scriba/detector.hpp>
#include <scriba/geometry/iou.hpp>
#include "target/pages.hpp"
#include "zoo/any_detector.hpp"

namespace zoo_tests {

struct DrawnPage {
  cv::Mat image;
  scriba::target::PageAnnotation annotation;
};

/// `side` x `side` pixels, two words on grey. `flip` as cv::flip's, beyond 1: not at all.
inline DrawnPage two_words(int side, int grey, int flip = 2) {
  cv::Mat image(side, side, CV_8UC3, cv::Scalar::all(grey));
  std::vector<scriba::Polygon> boxes;
  const double unit = side / 160.0;
  const auto write = [&](const char* word, double x, double y, double width, double height) {
    const cv::Rect box(cv::Point(cvRound(x * unit), cvRound(y * unit)), cv::Size(cvRound(width * unit), cvRound(height * unit)));
    int below = 0;
    const auto size = cv::getTextSize(word, cv::FONT_HERSHEY_SIMPLEX, 1, 3, &below);
    const double scale = std::min(0.94 * box.width / size.width, 0.8 * box.height / size.height);
    cv::putText(image, word, {box.x + cvRound(0.03 * box.width), box.y + cvRound(0.88 * box.height)}, cv::FONT_HERSHEY_SIMPLEX, scale,
                cv::Scalar::all(250), std::max(2, cvRound(3 * scale)), cv::LINE_AA);
    const auto at = [&](int left, int right, bool mirrored) { return static_cast<float>(mirrored ? side - right : left); };
    const bool across = flip == 1 || flip == -1, upside = flip == 0 || flip == -1;
    boxes.push_back(pages::box(at(box.x, box.x + box.width, across), at(box.y, box.y + box.height, upside),
                               at(box.x + box.width, box.x, across), at(box.y + box.height, box.y, upside)));
  };
  write("Scriba", 12, 20, 112, 42);
  write("finds", 46, 96, 100, 42);
  if (flip <= 1) cv::flip(image, image, flip);
  return {image, pages::page(image.size(), boxes)};
}

/// The page in four variants, since batch norm in a squeeze-excite gate needs images that differ.
inline std::vector<DrawnPage> variants(int side) {
  return {two_words(side, 90), two_words(side, 40, 1), two_words(side, 140, 0), two_words(side, 110, -1)};
}

struct Fit {
  double first_loss, last_loss;
  std::size_t regions;  // that predict() finds on the first variant
  double iou;           // of the word that is found worst
};

/// Trains on the variants with Adam, its rate falling along a cosine, and then looks for the words of the first one.
inline Fit overfit(const AnyDetector& detector, int side, int steps, double rate = 3e-3) {
  const auto drawn = variants(side);
  detector.input->resize = {.by = scriba::ResizeSide::shorter, .side = side, .multiple = 32};
  std::vector<at::Tensor> images;
  std::vector<scriba::target::PageAnnotation> annotations;
  for (const auto& page : drawn) {
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
    const auto loss = detector.loss(batch, annotations).total;
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    (step == 0 ? fit.first_loss : fit.last_loss) = loss.item<double>();
  }
  detector.module->eval();
  const auto regions = detector.predict(drawn[0].image);
  fit.regions = regions.size();
  fit.iou = 1;
  for (const auto& text : drawn[0].annotation.texts) {
    double best = 0;
    for (const auto& region : regions) best = std::max(best, scriba::iou(region.polygon, text.polygon));
    fit.iou = std::min(fit.iou, best);
  }
  return fit;
}

}  // namespace zoo_tests
