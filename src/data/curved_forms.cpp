// The text forms of Total-Text, CTW1500 and MSRA-TD500.
#include <algorithm>
#include <cmath>

#include "label_text.hpp"
#include "page_forms.hpp"

namespace scriba::data::detail {

namespace {

bool only_hashes(std::string_view text) { return !text.empty() && text.find_first_not_of('#') == std::string_view::npos; }

// What stands in the first brackets after `name`: "1 2 3" of "x: [[1 2 3]]". Nothing when there are none.
std::optional<std::string_view> in_brackets(std::string_view record, std::string_view name) {
  const auto at = record.find(name);
  if (at == std::string_view::npos) return {};
  auto begin = record.find_first_not_of(" [", at + name.size());
  if (begin == std::string_view::npos || record.find('[', at) > begin) return {};
  const auto end = record.find(']', begin);
  if (end == std::string_view::npos) return {};
  return record.substr(begin, end - begin);
}

// Numbers with spaces or commas between them.
std::optional<std::vector<float>> loose_numbers(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, ',', ' ');
  auto fields = split(spaced, ' ');
  std::erase_if(fields, [](auto field) { return trimmed(field).empty(); });
  return numbers(fields);
}

// 'text', "text", u'text' or u"text" up to the last closing quote. Python writes \' where it must.
std::optional<std::string> python_text(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('u')) text.remove_prefix(1);
  if (text.size() < 2 || (text.front() != '\'' && text.front() != '"') || text.back() != text.front()) return {};
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size() && (text[i + 1] == '\'' || text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

std::string joined_records(std::string_view content) {
  std::string out;
  std::size_t breaks = 0;
  int open = 0;
  char quote = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    if (c == '\r') continue;
    if (c == '\n') {
      // A text never goes on in the next line, so that one forgotten bracket or quote costs one text.
      const auto next = trimmed(content.substr(i + 1, 16));
      if (open > 0 && quote == 0 && !next.starts_with("x:")) {
        out += ' ', ++breaks;
      } else {
        out.append(breaks + 1, '\n');
        breaks = 0, open = 0, quote = 0;
      }
      continue;
    }
    out += c;
    if (quote != 0) {
      if (c == '\\' && i + 1 < content.size() && content[i + 1] != '\n')
        out += content[++i];
      else if (c == quote && (i + 1 == content.size() || content[i + 1] == ']' || content[i + 1] == ',' || content[i + 1] == ' '))
        quote = 0;
    } else if (c == '[') {
      ++open;
    } else if (c == ']') {
      --open;
    } else if (open > 0 && (c == '\'' || c == '"')) {
      quote = c;
    }
  }
  return out;
}

std::optional<LabelLine> parse_total_text(std::string_view record) {
  if (!trimmed(record).starts_with("x:")) return {};
  const auto text_at = record.find("transcriptions:");
  const auto text_begin = record.find('[', text_at), text_end = record.rfind(']');
  if (text_at == std::string_view::npos || text_begin == std::string_view::npos || text_end <= text_begin) return {};
  const auto numbers_only = record.substr(0, text_at);
  const auto xs = in_brackets(numbers_only, "x:"), ys = in_brackets(numbers_only, "y:"), way = in_brackets(numbers_only, "ornt:");
  auto text = python_text(record.substr(text_begin + 1, text_end - text_begin - 1));
  if (!xs || !ys || !text) return {};
  const auto x = loose_numbers(*xs), y = loose_numbers(*ys);
  if (!x || !y || x->size() != y->size() || x->size() < 3) return {};
  LabelLine out;
  for (std::size_t i = 0; i < x->size(); ++i) out.text.polygon.emplace_back((*x)[i], (*y)[i]);
  out.text.ignore = only_hashes(*text) || (way && way->find('#') != std::string_view::npos);
  out.text.transcription = std::move(*text);
  return out;
}

std::optional<LabelLine> parse_ctw1500(std::string_view line) {
  const auto fields = split(line, ',');
  LabelLine out;
  if (fields.size() == 32) {
    const auto values = numbers(fields);
    if (!values) return {};
    out.text.polygon = corners(std::span(*values).subspan(4));
    for (Point& p : out.text.polygon) p += Point((*values)[0], (*values)[1]);
    return out;
  }
  if (fields.size() < 29 || !fields[28].starts_with("####")) return {};
  const auto values = numbers(std::span(fields).first(28));
  if (!values) return {};
  out.text.polygon = corners(*values);
  out.text.transcription = line.substr(static_cast<std::size_t>(fields[28].data() - line.data()) + 4);
  out.text.ignore = only_hashes(out.text.transcription);
  return out;
}

std::optional<LabelLine> parse_msra_td500(std::string_view line) {
  auto fields = split(line, ' ');
  std::erase_if(fields, [](auto field) { return trimmed(field).empty(); });
  const auto values = numbers(fields);
  if (!values || values->size() != 7) return {};
  const auto& v = *values;
  if ((v[1] != 0 && v[1] != 1) || v[4] < 0 || v[5] < 0) return {};
  const double x = v[2] + v[4] / 2, y = v[3] + v[5] / 2, sine = std::sin(v[6]), cosine = std::cos(v[6]);
  LabelLine out;
  for (const Point& p : upright_box(v[2], v[3], v[2] + v[4], v[3] + v[5]))
    out.text.polygon.emplace_back(static_cast<float>(x + (p.x - x) * cosine - (p.y - y) * sine),
                                  static_cast<float>(y + (p.x - x) * sine + (p.y - y) * cosine));
  out.text.ignore = v[1] == 1;
  return out;
}

}  // namespace scriba::data::detail
