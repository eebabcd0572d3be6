#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/text/utf8.hpp>

namespace scriba {

/// What encode() does with a character that the alphabet lacks.
enum class UnknownCharacter { error, skip };

/// A text as class indices.
struct EncodedText {
  std::vector<std::int64_t> labels;
  std::int64_t unknown{};  ///< characters that were skipped
};

/// The characters that a recogniser can read, and their classes: class 0 is the CTC blank, class i + 1 the i-th character.
///
/// A character is a string: mostly one code point, more for scripts that need it.
class Alphabet {
 public:
  Alphabet() = default;

  /// Throws Error for an empty or repeated character.
  explicit Alphabet(std::vector<std::string> characters) : characters_(std::move(characters)) {
    for (std::size_t i = 0; i < characters_.size(); ++i) {
      const auto& character = characters_[i];
      if (character.empty()) throw Error({.what = "bad alphabet", .where = "entry " + std::to_string(i + 1), .expected = "a character", .got = "nothing"});
      const auto [first, added] = class_.emplace(character, static_cast<std::int64_t>(i) + 1);
      if (!added)
        throw Error({.what = "bad alphabet",
                     .where = "entry " + std::to_string(i + 1),
                     .expected = "each character once",
                     .got = "'" + character + "', which is entry " + std::to_string(first->second) + " already"});
    }
  }

  /// One line that holds all characters, as the reference's key files do. A byte order mark and line ends are dropped.
  static Alphabet from_line(std::string_view line) { return Alphabet(utf8::code_points(without_line_ends(without_mark(line)))); }

  /// One character a line, split at line feeds only (U+3000 and other spaces are characters). A byte order mark, carriage
  /// returns before line feeds and the end of the last line are dropped. With `space_last` a space follows, as PP-OCR has it.
  static Alphabet from_lines(std::string_view text, bool space_last) {
    text = without_mark(text);
    std::vector<std::string> characters;
    while (!text.empty()) {
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (!utf8::valid(line))
        throw Error({.what = "bad alphabet", .where = "line " + std::to_string(characters.size() + 1), .expected = "UTF-8"});
      characters.emplace_back(line);
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    if (space_last && (characters.empty() || characters.back() != " ")) characters.emplace_back(" ");
    return Alphabet(std::move(characters));
  }

  /// A file of either form: one line of characters, or one character a line.
  static Alphabet from_file(const std::string& path, bool space_last) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error({.what = "cannot read an alphabet", .where = path, .got = "no such file"});
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto end = without_mark(text).find('\n');
    const bool one_line = end == std::string::npos || without_line_ends(without_mark(text).substr(end)).empty();
    try {
      return one_line ? from_line(text) : from_lines(text, space_last);
    } catch (const Error& error) {
      throw Error({.what = error.text().what, .where = path + ", " + error.text().where, .expected = error.text().expected, .got = error.text().got});
    }
  }

  std::size_t size() const { return characters_.size(); }
  /// Characters and the blank.
  std::int64_t classes() const { return static_cast<std::int64_t>(characters_.size()) + 1; }
  const std::vector<std::string>& characters() const { return characters_; }

  /// The text of a class; empty for the blank and for a class that does not exist.
  std::string_view character(std::int64_t class_index) const {
    return class_index > 0 && class_index < classes() ? std::string_view(characters_[static_cast<std::size_t>(class_index) - 1]) : std::string_view();
  }

  /// The class of a character, or -1.
  std::int64_t class_of(std::string_view character) const {
    const auto found = class_.find(std::string(character));
    return found == class_.end() ? -1 : found->second;
  }

  /// Throws Error unless a head with `classes` classes fits.
  void require_classes(std::int64_t classes_of_head) const {
    if (classes_of_head != classes())
      throw Error({.what = "the alphabet does not fit the recogniser",
                   .expected = std::to_string(classes_of_head - 1) + " characters (and the blank)",
                   .got = std::to_string(size())});
  }

  /// Code point by code point. Throws Error for text that is not UTF-8, and for an unknown character when so told.
  EncodedText encode(std::string_view text, UnknownCharacter unknown = UnknownCharacter::error) const {
    EncodedText out;
    for (const auto& character : utf8::code_points(text)) {
      const auto found = class_of(character);
      if (found >= 0) {
        out.labels.push_back(found);
      } else if (unknown == UnknownCharacter::skip) {
        ++out.unknown;
      } else {
        throw Error({.what = "the alphabet lacks a character", .where = "text '" + std::string(text) + "'", .got = "'" + character + "'"});
      }
    }
    return out;
  }

  std::string decode(std::span<const std::int64_t> labels) const {
    std::string out;
    for (const auto label : labels) out += character(label);
    return out;
  }

 private:
  static std::string_view without_mark(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return text;
  }
  static std::string_view without_line_ends(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return text;
  }

  std::vector<std::string> characters_;
  std::unordered_map<std::string, std::int64_t> class_;
};

}  // namespace scriba
