#pragma once

#include <algorithm>
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

/// Which class is the CTC blank.
enum class BlankClass {
  first,  ///< 0, before the characters: PP-OCR, CRNN, the reference, OpenCV
  last,   ///< after the characters: docTR, MMOCR, Keras
};

/// What encode() does with a character that the alphabet lacks.
enum class UnknownCharacter {
  error,
  skip,
  replace  ///< by a class of the caller's choice
};

/// A text as class indices.
struct EncodedText {
  std::vector<std::int64_t> labels;
  std::int64_t unknown{};  ///< characters that were skipped or replaced
};

/// The characters that a recogniser can read, and their classes: in the order given, with the blank before or after them all.
///
/// A character is a string: mostly one code point, more for scripts that need it ("क्ष").
class Alphabet {
 public:
  Alphabet() = default;

  /// Throws Error for an empty or repeated character, and for one that is not UTF-8.
  explicit Alphabet(std::vector<std::string> characters, BlankClass blank = BlankClass::first)
      : characters_(std::move(characters)), first_(blank == BlankClass::first ? 1 : 0) {
    for (std::size_t i = 0; i < characters_.size(); ++i) {
      const auto& character = characters_[i];
      const auto bad = [&](std::string expected, std::string got) {
        return Error(
            {.what = "bad alphabet", .where = "entry " + std::to_string(i + 1), .expected = std::move(expected), .got = std::move(got)});
      };
      if (character.empty()) throw bad("a character", "nothing");
      if (!utf8::valid(character)) throw bad("UTF-8", "other bytes");
      const auto [known, added] = class_.emplace(character, first_ + static_cast<std::int64_t>(i));
      if (!added)
        throw bad("each character once", "'" + character + "', which is entry " + std::to_string(known->second - first_ + 1) + " already");
      longest_ = std::max(longest_, utf8::count(character));
    }
  }

  /// One line that holds all characters, as the reference's key files do; what follows the line is not looked at. A byte order mark
  /// and line ends are dropped. With `space_last` a space follows.
  static Alphabet from_line(std::string_view line, bool space_last = false, BlankClass blank = BlankClass::first) {
    line = without_mark(line);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return with_space(utf8::code_points(line), space_last, blank);
  }

  /// One character a line, split at line feeds only (U+3000 and other spaces are characters). A byte order mark, carriage
  /// returns before line feeds and the end of the last line are dropped. With `space_last` a space follows, as PP-OCR has it.
  static Alphabet from_lines(std::string_view text, bool space_last, BlankClass blank = BlankClass::first) {
    text = without_mark(text);
    std::vector<std::string> characters;
    while (!text.empty()) {
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      characters.emplace_back(line);
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    return with_space(std::move(characters), space_last, blank);
  }

  /// A file of either form: one line of characters, or one character a line. Throws Error for a file that cannot be read or is neither.
  static Alphabet from_file(const std::string& path, bool space_last, BlankClass blank = BlankClass::first) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad())
      throw Error({.what = "cannot read an alphabet", .where = path, .got = "no such file, or no permission"});
    if (without_mark(text).empty())
      throw Error({.what = "cannot read an alphabet", .where = path, .expected = "characters", .got = "an empty file"});
    const auto end = text.find('\n');
    const bool one_line = end == std::string::npos || text.find_first_not_of("\r\n", end) == std::string::npos;
    try {
      return one_line ? from_line(text, space_last, blank) : from_lines(text, space_last, blank);
    } catch (const Error& error) {
      throw Error({.what = error.text().what,
                   .where = path + ", " + error.text().where,
                   .expected = error.text().expected,
                   .got = error.text().got});
    }
  }

  /// Characters, without the blank.
  std::size_t size() const { return characters_.size(); }
  /// Characters and the blank: what a head must have.
  std::int64_t classes() const { return static_cast<std::int64_t>(characters_.size()) + 1; }
  /// Class of the blank.
  std::int64_t blank() const { return first_ == 1 ? 0 : classes() - 1; }
  const std::vector<std::string>& characters() const { return characters_; }

  /// The text of a class; empty for the blank and for a class that does not exist.
  std::string_view character(std::int64_t class_index) const {
    const auto i = class_index - first_;
    return class_index >= first_ && i < static_cast<std::int64_t>(size()) ? std::string_view(characters_[static_cast<std::size_t>(i)])
                                                                          : std::string_view();
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

  /// Where several characters start alike, the longest is taken; an unknown character is one code point. `replacement` is the class
  /// for UnknownCharacter::replace. Throws Error for text that is not UTF-8, for an unknown character when so told, and for a
  /// replacement that is not a character's class.
  EncodedText encode(std::string_view text, UnknownCharacter unknown = UnknownCharacter::error, std::int64_t replacement = -1) const {
    if (unknown == UnknownCharacter::replace && character(replacement).empty())
      throw Error({.what = "cannot replace unknown characters",
                   .where = "replacement",
                   .expected = "the class of a character",
                   .got = std::to_string(replacement)});
    const auto points = utf8::code_points(text);
    EncodedText out;
    out.labels.reserve(points.size());
    for (std::size_t i = 0; i < points.size();) {
      const auto [label, length] = longest_match(points, i);
      i += length;
      if (label >= 0) {
        out.labels.push_back(label);
        continue;
      }
      if (unknown == UnknownCharacter::error)
        throw Error(
            {.what = "the alphabet lacks a character", .where = "text '" + std::string(text) + "'", .got = "'" + points[i - 1] + "'"});
      if (unknown == UnknownCharacter::replace) out.labels.push_back(replacement);
      ++out.unknown;
    }
    return out;
  }

  /// The opposite of encode(). Blanks and classes that do not exist give nothing.
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

  static Alphabet with_space(std::vector<std::string> characters, bool space_last, BlankClass blank) {
    if (space_last && (characters.empty() || characters.back() != " ")) characters.emplace_back(" ");
    return Alphabet(std::move(characters), blank);
  }

  struct Match {
    std::int64_t label;
    std::size_t length;  // in code points
  };
  Match longest_match(const std::vector<std::string>& points, std::size_t at) const {
    for (std::size_t length = std::min(longest_, points.size() - at); length > 1; --length)
      if (const auto label = class_of(utf8::join(std::span(points).subspan(at, length))); label >= 0) return {label, length};
    return {class_of(points[at]), 1};
  }

  std::vector<std::string> characters_;
  std::unordered_map<std::string, std::int64_t> class_;
  std::int64_t first_ = 1;   // class of the first character
  std::size_t longest_ = 0;  // in code points
};

}  // namespace scriba
