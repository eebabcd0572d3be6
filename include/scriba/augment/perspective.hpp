#pragma once

#include <scriba/augment/cut_texts.hpp>
#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>
#include <scriba/augment/transform.hpp>

namespace scriba::augment {

/// Moves each corner of the image inwards, by its own shares of width and height; the size stays. Pages are filled around, words go on
/// with their edge.
struct Perspective {
  double horizontal = 0.05;  ///< largest share of the width, 0 .. 0.4
  double vertical = 0.1;     ///< largest share of the height, 0 .. 0.4
  CutTexts cut{};
  cv::Scalar fill{};

  void operator()(Page& page, Random& random) const {
    require_page(page);
    move_page(page, drawn(page.image.size(), random), page.image.size(), fill, cut);
  }
  void operator()(Word& word, Random& random) const {
    require_pixels(word.image);
    word.image = drawn(word.image.size(), random).warp(word.image, word.image.size(), {}, cv::BORDER_REPLICATE);
  }

 private:
  Transform drawn(cv::Size size, Random& random) const {
    require_value("Perspective::horizontal", horizontal, 0, 0.4);
    require_value("Perspective::vertical", vertical, 0, 0.4);
    // Corners of the outer pixels, not their centres: an image of one pixel has an area, too.
    const float w = static_cast<float>(size.width), h = static_cast<float>(size.height);
    const Quad from{Point(-0.5f, -0.5f), Point(w - 0.5f, -0.5f), Point(w - 0.5f, h - 0.5f), Point(-0.5f, h - 0.5f)};
    Quad to = from;
    for (Point& p : to) {
      const double dx = random.uniform({0, horizontal * w}), dy = random.uniform({0, vertical * h});
      p.x += static_cast<float>(p.x < 0 ? dx : -dx);
      p.y += static_cast<float>(p.y < 0 ? dy : -dy);
    }
    return Transform::perspective(from, to);
  }
};

}  // namespace scriba::augment
