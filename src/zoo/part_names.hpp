#pragma once
// The parts of a composed model by name.

#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace scriba::zoo::detail {

/// "ResNet<50, deep3x3>": the compiler's name of a part, without where it is declared.
template <class Part>
std::string part_name() {
  const std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("Part = ") + 7;
  std::string out, word;
  for (const char c : text.substr(begin, text.find_first_of(";]", begin) - begin)) {
    if (c == ':')
      word.clear();
    else if (std::isalnum(static_cast<unsigned char>(c)) || c == '_')
      word += c;
    else
      out += std::exchange(word, {}) + c;
  }
  return out + word;
}

template <class Model>
struct PartNames;
template <template <class...> class Composed, class... Parts>
struct PartNames<Composed<Parts...>> {
  static std::array<std::string, 5> all() { return {part_name<Parts>()...}; }
};

}  // namespace scriba::zoo::detail
