#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

#include <scriba/core/error.hpp>
#include <scriba/target/text_annotation.hpp>

namespace scriba::train {

/// The size that all images of a batch have: the network's input. Throws Error for an empty batch and for images of different sizes.
inline cv::Size common_size(std::span<const target::PageAnnotation> batch) {
  if (batch.empty()) throw Error({"cannot make targets", "batch", "one image or more", "none"});
  const cv::Size size = batch.front().size;
  target::detail::check_size(size);
  for (std::size_t i = 1; i < batch.size(); ++i)
    if (batch[i].size != size)
      throw Error({"cannot make targets", "image " + std::to_string(i) + " of the batch",
                   "the size of the first, " + std::to_string(size.width) + " x " + std::to_string(size.height),
                   std::to_string(batch[i].size.width) + " x " + std::to_string(batch[i].size.height)});
  return size;
}

/// Map number `i` of a contiguous tensor [.., H, W] of `T`, counted over all leading dimensions: a view, so that maps are drawn where they
/// stay.
template <class T = float>
cv::Mat_<T> plane(const at::Tensor& maps, std::int64_t i) {
  const std::int64_t h = maps.size(-2), w = maps.size(-1);
  return {static_cast<int>(h), static_cast<int>(w), maps.mutable_data_ptr<T>() + i * h * w};
}

}  // namespace scriba::train
