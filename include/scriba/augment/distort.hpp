#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// Wavy paper: the nodes of a coarse grid move, what is between them follows smoothly. The size stays; edges go on.
struct GridDistortion {
  WholeRange cells{2, 3};  ///< across and down, 1 .. 20
  Range magnitude{0.06,
                  0.12};  ///< how far a node moves at most each way, in heights of the word, 0 .. 0.5: 2 to 4 of 32 pixels in pytorchOCR

  void operator()(Word& word, Random& random) const {
    require_pixels(word.image);
    require_range("GridDistortion::cells", cells, 1, 20);
    require_range("GridDistortion::magnitude", magnitude, 0, 0.5);
    const int across = random.integer(cells), down = random.integer(cells);
    const double far = random.uniform(magnitude) * word.image.rows;
    cv::Mat_<cv::Vec2f> nodes(down + 1, across + 1);
    for (auto& node : nodes) {
      node[0] = static_cast<float>(random.uniform({-far, far}));
      node[1] = static_cast<float>(random.uniform({-far, far}));
    }
    cv::Mat_<cv::Vec2f> source;
    cv::resize(nodes, source, word.image.size(), 0, 0, cv::INTER_CUBIC);
    for (int y = 0; y < source.rows; ++y)
      for (int x = 0; x < source.cols; ++x) source(y, x) += cv::Vec2f(static_cast<float>(x), static_cast<float>(y));
    cv::Mat out;
    cv::remap(word.image, out, source, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    word.image = out;
  }
};

/// Parts of the word become wider at the cost of others: unevenly spaced letters (the "stretch" of Luo et al., "Learn to augment",
/// CVPR 2020). The size stays.
struct Stretch {
  WholeRange parts{3, 6};  ///< along the word, 1 .. 100
  double strength = 0.4;   ///< how much wider or narrower a part becomes at most, 0 .. 0.9

  void operator()(Word& word, Random& random) const {
    require_pixels(word.image);
    require_range("Stretch::parts", parts, 1, 100);
    require_value("Stretch::strength", strength, 0, 0.9);
    const int count = random.integer(parts);
    std::vector<double> ends{0};  // of the parts, in the new image, as shares
    for (int i = 0; i < count; ++i) ends.push_back(ends.back() + 1 + random.uniform({-strength, strength}));
    for (double& end : ends) end /= ends.back() > 0 ? ends.back() : 1;
    cv::Mat_<cv::Vec2f> source(word.image.size());
    std::size_t part = 1;
    for (int x = 0; x < source.cols; ++x) {
      const double at = (x + 0.5) / source.cols;
      while (part + 1 < ends.size() && at > ends[part]) ++part;
      const double inside = (at - ends[part - 1]) / (ends[part] - ends[part - 1]);
      const double from = (static_cast<double>(part) - 1 + inside) / count * source.cols - 0.5;
      for (int y = 0; y < source.rows; ++y) source(y, x) = {static_cast<float>(from), static_cast<float>(y)};
    }
    cv::Mat out;
    cv::remap(word.image, out, source, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    word.image = out;
  }
};

}  // namespace scriba::augment
