#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/core/error.hpp>

/// UTF-8 as Scriba uses it: strict on input, one string a code point.
namespace scriba::utf8 {

/// Bytes of the code point that starts at `text[at]`, or 0 when none starts there (stray or cut-off bytes, overlong forms,
/// surrogates, values above U+10FFFF). RFC 3629, section 4.
inline std::size_t length_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return at + i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

inline bool valid(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = length_at(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

/// The code points of a text, each as its own string. Throws Error at the first byte that is not UTF-8.
inline std::vector<std::string> code_points(std::string_view text) {
  std::vector<std::string> out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = length_at(text, i);
    if (length == 0) throw Error({.what = "text is not UTF-8", .where = "byte " + std::to_string(i)});
    out.emplace_back(text.substr(i, length));
    i += length;
  }
  return out;
}

/// Number of code points. Throws Error as code_points() does.
inline std::size_t count(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); ++n) {
    const std::size_t length = length_at(text, i);
    if (length == 0) throw Error({.what = "text is not UTF-8", .where = "byte " + std::to_string(i)});
    i += length;
  }
  return n;
}

/// The opposite of code_points().
inline std::string join(std::span<const std::string> parts) {
  std::string out;
  for (const auto& part : parts) out += part;
  return out;
}

/// The value of one code point given as valid UTF-8, as code_points() returns it.
inline char32_t value(std::string_view code_point) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(code_point[i])); };
  switch (code_point.size()) {
    case 1:
      return byte(0);
    case 2:
      return ((byte(0) & 0x1F) << 6) | (byte(1) & 0x3F);
    case 3:
      return ((byte(0) & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F);
    case 4:
      return ((byte(0) & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F);
    default:
      return 0;
  }
}

/// Appends a code point. The opposite of value(); for values up to U+10FFFF that are no surrogates.
inline void append(std::string& text, char32_t value) {
  const auto byte = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
  const auto follow = [&](int shift) { byte(0x80 | ((value >> shift) & 0x3F)); };
  if (value < 0x80) return byte(value);
  if (value < 0x800) {
    byte(0xC0 | (value >> 6));
  } else if (value < 0x10000) {
    byte(0xE0 | (value >> 12));
    follow(6);
  } else {
    byte(0xF0 | (value >> 18));
    follow(12);
    follow(6);
  }
  follow(0);
}

}  // namespace scriba::utf8
