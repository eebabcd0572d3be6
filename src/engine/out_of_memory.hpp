#pragma once

#include <exception>
#include <new>
#include <string_view>

#include <opencv2/core.hpp>

namespace scriba::engine {

/// True for what the allocators of the standard library, of OpenCV and of LibTorch throw. LibTorch's interpreter makes its own exception of
/// what it catches: only the text is left.
inline bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error)) return true;
  if (const auto* of_opencv = dynamic_cast<const cv::Exception*>(&error)) return of_opencv->code == cv::Error::StsNoMem;
  const std::string_view text = error.what();
  for (const auto* part : {"DefaultCPUAllocator: ", "CUDA out of memory", "std::bad_alloc"})
    if (text.find(part) != text.npos) return true;
  return false;
}

}  // namespace scriba::engine
