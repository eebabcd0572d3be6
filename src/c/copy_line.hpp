#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace scriba::c {

/// The first line of a text, as much as fits, cut between characters of UTF-8. Allocates nothing: it also works when memory is short.
template <std::size_t room>
void copy_line(std::string_view text, char (&to)[room]) {
  text = text.substr(0, text.find_first_of("\r\n"));
  std::size_t length = std::min(text.size(), room - 1);
  while (length < text.size() && length > 0 && (text[length] & 0xC0) == 0x80) --length;  // not in the middle of a character
  std::memcpy(to, text.data(), length);
  to[length] = '\0';
}

}  // namespace scriba::c
