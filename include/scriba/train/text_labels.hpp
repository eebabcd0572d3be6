#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/utf8.hpp>

namespace scriba::train {

/// What happens to a text with characters that the alphabet lacks.
enum class UnknownInText {
  leave_out,  ///< the whole text is not learnt: what is left of it would teach the network to pass over characters
  skip,       ///< the characters are
  replace,    ///< they become a class of the caller's choice
  error       ///< Error: for data that was checked before
};

/// What became of the texts, counted. Bad labels never stop a training run (unless told to): they are left out and show up here.
struct TextReport {
  std::int64_t texts{};               ///< looked at
  std::int64_t unknown_characters{};  ///< in all of them, whatever became of these
  std::int64_t unknown{};             ///< texts left out because of them
  std::int64_t not_utf8{};            ///< texts left out because they are no text
  std::int64_t empty{};               ///< texts without a character, as they came or after skipping
  std::int64_t too_long{};            ///< texts that do not fit the network's frames or positions

  /// Texts that are not learnt, or cut.
  std::int64_t unusable() const { return unknown + not_utf8 + empty + too_long; }
  bool operator==(const TextReport&) const = default;
  TextReport& operator+=(const TextReport& other) {
    for (const auto& [name, field] : fields()) this->*field += other.*field;
    return *this;
  }
  /// "812 texts, 3 empty": counts that are zero are left out.
  std::string line() const {
    std::string out;
    for (const auto& [name, field] : fields())
      if (this->*field != 0 || field == &TextReport::texts) out += (out.empty() ? "" : ", ") + std::to_string(this->*field) + " " + name;
    return out;
  }

 private:
  struct Field {
    const char* name;
    std::int64_t TextReport::*field;
  };
  static std::span<const Field> fields() {
    static constexpr Field all[] = {{"texts", &TextReport::texts},
                                    {"unknown characters", &TextReport::unknown_characters},
                                    {"left out for them", &TextReport::unknown},
                                    {"not UTF-8", &TextReport::not_utf8},
                                    {"empty", &TextReport::empty},
                                    {"too long", &TextReport::too_long}};
    return all;
  }
};

/// The classes of a text's characters; none for a text that is left out, which `report` counts. `replacement` is the class for
/// UnknownInText::replace. Throws Error when the replacement is no character's class, and as `unknown` says.
inline std::vector<std::int64_t> text_labels(std::string_view text, const Alphabet& alphabet, UnknownInText unknown,
                                             std::int64_t replacement, TextReport& report) {
  ++report.texts;
  if (unknown != UnknownInText::error && !utf8::valid(text)) {
    ++report.not_utf8;
    return {};
  }
  const auto policy = unknown == UnknownInText::error     ? UnknownCharacter::error
                      : unknown == UnknownInText::replace ? UnknownCharacter::replace
                                                          : UnknownCharacter::skip;
  auto encoded = alphabet.encode(text, policy, replacement);
  report.unknown_characters += encoded.unknown;
  if (unknown == UnknownInText::leave_out && encoded.unknown > 0) {
    ++report.unknown;
    return {};
  }
  report.empty += encoded.labels.empty();
  return std::move(encoded.labels);
}

}  // namespace scriba::train
