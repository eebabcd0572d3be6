#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

#include <scriba/core/error.hpp>

namespace scriba::postprocess {

/// The maps of a batch as matrices, image by image. Copies to the CPU when they are elsewhere; keeps the memory that matrices look into.
class BatchPlanes {
 public:
  /// `maps` [images, channels, H, W]; any number of channels from 1 on for `channels` 0. `name` is for the error's text.
  /// Throws Error for other shapes.
  BatchPlanes(const at::Tensor& maps, std::size_t images, std::int64_t channels, const char* name) {
    const bool fits = maps.defined() && maps.dim() == 4 && maps.size(0) == static_cast<std::int64_t>(images) &&
                      (channels == 0 ? maps.size(1) > 0 : maps.size(1) == channels);
    if (!fits)
      throw Error({.what = "cannot read regions off these maps",
                   .where = name,
                   .expected = std::to_string(images) + " maps [N, " + (channels == 0 ? "C" : std::to_string(channels)) + ", H, W]",
                   .got = shape(maps)});
    maps_ = maps.detach().to(at::kCPU, at::kFloat).contiguous();
  }

  /// The channels of one image; valid as long as this object.
  std::vector<cv::Mat_<float>> of(std::size_t image) const {
    const auto rows = static_cast<int>(maps_.size(2)), columns = static_cast<int>(maps_.size(3));
    float* values = maps_.data_ptr<float>() + static_cast<std::int64_t>(image) * maps_.stride(0);
    std::vector<cv::Mat_<float>> planes;
    for (std::int64_t c = 0; c < maps_.size(1); ++c) planes.emplace_back(rows, columns, values + c * maps_.stride(1));
    return planes;
  }

 private:
  static std::string shape(const at::Tensor& maps) {
    if (!maps.defined()) return "no tensor";
    std::string out;
    for (const auto size : maps.sizes()) out += (out.empty() ? "[" : ", ") + std::to_string(size);
    return out.empty() ? "a single value" : out + "]";
  }

  at::Tensor maps_;
};

}  // namespace scriba::postprocess
