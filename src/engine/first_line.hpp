#pragma once

#include <exception>
#include <string>

namespace scriba::engine {

/// LibTorch's messages go on for pages.
inline std::string first_line(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace scriba::engine
