#pragma once

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// Dark lines near the word's edges, as of tables, underlines and frames: one at each edge with `probability`.
struct EdgeLines {
  double probability = 0.2;    ///< 0 .. 1, for each of the four edges
  double depth = 0.15;         ///< how far from its edge a line ends, as a share of height or width, 0 .. 0.5
  WholeRange grey{0, 14};      ///< 0 .. 255
  WholeRange thickness{1, 2};  ///< pixels, 1 .. 20

  void operator()(Word& word, Random& random) const {
    require_pixels(word.image);
    require_value("EdgeLines::probability", probability, 0, 1);
    require_value("EdgeLines::depth", depth, 0, 0.5);
    require_range("EdgeLines::grey", grey, 0, 255);
    require_range("EdgeLines::thickness", thickness, 1, 20);
    cv::Mat out = word.image.clone();
    const int right = out.cols - 1, bottom = out.rows - 1;
    for (int edge = 0; edge < 4; ++edge) {
      if (!random.chance(probability)) continue;
      const int side = edge < 2 ? bottom : right;  // top and bottom, then left and right
      const auto drawn = [&] {
        const int far = static_cast<int>(random.uniform({0, depth * side}));
        return edge % 2 == 0 ? far : side - far;
      };
      const int first = drawn(), last = drawn();
      const cv::Point from = edge < 2 ? cv::Point(0, first) : cv::Point(first, 0);
      const cv::Point to = edge < 2 ? cv::Point(right, last) : cv::Point(last, bottom);
      const int shade = random.integer(grey);
      cv::line(out, from, to, cv::Scalar::all(shade), random.integer(thickness), cv::LINE_AA);
    }
    word.image = out;
  }
};

/// A badly placed box: rows are missing at the top or at the bottom. Columns stay, so that no letter is lost.
struct EdgeCrop {
  double share = 0.2;  ///< of the height that is lost at most, 0 .. 0.5; at least one row, but never the last one

  void operator()(Word& word, Random& random) const {
    require_pixels(word.image);
    require_value("EdgeCrop::share", share, 0, 0.5);
    const int rows = word.image.rows, most = static_cast<int>(share * rows);
    if (most < 1) return;
    const int lost = random.integer(1, most), top = random.chance(0.5) ? lost : 0;
    word.image = word.image.rowRange(top, top + rows - lost);
  }
};

}  // namespace scriba::augment
