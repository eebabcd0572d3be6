#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>

#include <opencv2/core/mat.hpp>

#include <scriba/image/read.hpp>

namespace scriba::data {

/// Decoded images, so that an epoch need not decode them again: decoding a photo costs more than augmenting it. It keeps the first images
/// that fit and then no others, which for sets that are read again and again in another order is as good as any rule.
///
/// Safe from several threads at once. Images that it gives are shared: write new pixels, as augmentations do.
class ImageCache {
 public:
  /// `bytes` of pixels are kept at most; 0: none.
  explicit ImageCache(std::size_t bytes) : left_(bytes) {}

  /// As read_image(). Throws Error for an image that cannot be read.
  cv::Mat read(const std::filesystem::path& path) {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = images_.find(path.native()); found != images_.end()) return found->second;
    }
    const cv::Mat image = read_image(path);
    const std::size_t size = image.total() * image.elemSize();
    const std::scoped_lock lock(mutex_);
    if (size <= left_ && images_.emplace(path.native(), image).second) left_ -= size;
    return image;
  }

  std::size_t size() const {  ///< images that it holds
    const std::scoped_lock lock(mutex_);
    return images_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::size_t left_;
  std::unordered_map<std::string, cv::Mat> images_;
};

}  // namespace scriba::data
