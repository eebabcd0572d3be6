#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/data/bad_entry.hpp>

/// Lists of word images and what they say.
namespace scriba::data {

/// An image of one word or line, and its text.
struct WordEntry {
  std::filesystem::path image;
  std::string text;    ///< UTF-8
  std::size_t line{};  ///< of the list, from 1; 0 when the list has no lines
};

enum class WordForm {
  automatic,  ///< the form that fits most lines
  tab,        ///< `image<TAB>text`: the reference's lists, PaddleOCR's
  space,      ///< `image text`: the text begins after the first space. IIIT5K
  icdar,      ///< `image, "text"`: ICDAR's word crops, 2011 to 2015. \" is a quote; or `image, text` without quotes
  icdar2003,  ///< ICDAR 2003's `word.xml`
};

struct WordListOptions {
  WordForm form = WordForm::automatic;
  std::filesystem::path root{};  ///< what relative paths begin at; empty: the list's folder
  BadEntry bad_entry{};          ///< what to do with a bad line
};

/// The words of a list. `where` names it in errors. A line of another form, or whose text is not UTF-8, is a bad entry: see BadEntry.
std::vector<WordEntry> parse_word_list(std::string_view content, const std::string& where, const WordListOptions& options = {});

/// As parse_word_list, of a file. Throws Error when it cannot be read.
std::vector<WordEntry> read_word_list(const std::filesystem::path& list, const WordListOptions& options = {});

/// A list of the form `image<TAB>text`. Throws Error for texts and paths that no line can hold.
std::string word_list(const std::vector<WordEntry>& words);

}  // namespace scriba::data
