#include <scriba/data/word_list.hpp>

#include <algorithm>
#include <array>
#include <optional>

#include <scriba/text/utf8.hpp>

#include "label_text.hpp"
#include "word_forms.hpp"

namespace scriba::data {

namespace {

struct Form {
  WordForm form;
  const char* expected;
  std::optional<WordEntry> (*parse)(std::string_view line);
};

std::optional<WordEntry> after(std::string_view line, char separator) {
  const auto at = line.find(separator);
  if (at == 0 || at == std::string_view::npos) return {};
  return WordEntry{.image = line.substr(0, at), .text = std::string(line.substr(at + 1))};
}

std::optional<WordEntry> after_tab(std::string_view line) { return after(line, '\t'); }
std::optional<WordEntry> after_space(std::string_view line) { return after(line, ' '); }

std::optional<WordEntry> after_comma(std::string_view line) {
  auto out = after(line, ',');
  if (!out) return {};
  if (auto text = detail::unquoted(out->text)) {
    out->text = std::move(*text);
  } else if (out->text.starts_with(' ')) {
    out->text.erase(0, 1);
  }
  return out;
}

// Where several forms fit as many lines, the first is meant.
constexpr std::array kForms{Form{WordForm::tab, "image<TAB>text", after_tab}, Form{WordForm::icdar, "image, \"text\"", after_comma},
                            Form{WordForm::space, "image text, with a space between", after_space}};

// A TAB or a comma behind an image's name shows the form; a text may hold either.
bool shows(WordForm form, std::string_view line) {
  switch (form) {
    case WordForm::tab:
      return line.find('\t') != std::string_view::npos;
    case WordForm::icdar:
      return line.find(", ") < line.find(' ');
    default:
      return line.find(' ') != std::string_view::npos;
  }
}

const Form& detected(std::string_view content) {
  std::array<std::size_t, kForms.size()> fits{};
  detail::each_line(content, [&](std::string_view line, std::size_t) {
    for (std::size_t f = 0; f < kForms.size(); ++f) fits[f] += shows(kForms[f].form, line);
  });
  return kForms[static_cast<std::size_t>(std::ranges::max_element(fits) - fits.begin())];
}

std::vector<WordEntry> parse_lines(std::string_view content, const std::string& where, const WordListOptions& options) {
  const Form& form = options.form == WordForm::automatic ? detected(content) : *std::ranges::find(kForms, options.form, &Form::form);
  std::vector<WordEntry> out;
  detail::each_line(content, [&](std::string_view line, std::size_t number) {
    auto entry = form.parse(line);
    if (!entry || !utf8::valid(entry->text))
      return detail::report(options.bad_entry,
                            detail::bad_label(detail::line_of(where, number), entry ? "a text in UTF-8" : form.expected, line));
    entry->line = number;
    if (!options.root.empty()) entry->image = options.root / entry->image;
    out.push_back(std::move(*entry));
  });
  return out;
}

}  // namespace

std::vector<WordEntry> parse_word_list(std::string_view content, const std::string& where, const WordListOptions& options) {
  const bool xml = options.form == WordForm::icdar2003 ||
                   (options.form == WordForm::automatic && detail::trimmed(detail::without_mark(content)).starts_with('<'));
  return xml ? detail::parse_icdar2003_words(content, where, options) : parse_lines(content, where, options);
}

std::vector<WordEntry> read_word_list(const std::filesystem::path& list, const WordListOptions& options) {
  WordListOptions here = options;
  if (here.root.empty()) here.root = list.parent_path();
  return parse_word_list(detail::file_content(list), list.string(), here);
}

std::string word_list(const std::vector<WordEntry>& words) {
  std::string out;
  for (const auto& word : words) {
    const auto image = word.image.string();
    if (image.find_first_of("\t\n\r") != std::string::npos || word.text.find_first_of("\n\r") != std::string::npos || image.empty())
      throw Error({.what = "cannot write a list of words", .where = image, .expected = "no line breaks, and no TAB in the image's name"});
    out += image + '\t' + word.text + '\n';
  }
  return out;
}

}  // namespace scriba::data
