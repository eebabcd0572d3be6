// ICDAR's forms and their relatives: a text a line, numbers first.
#include <algorithm>
#include <array>
#include <charconv>

#include "label_text.hpp"
#include "page_forms.hpp"

namespace scriba::data::detail {

namespace {

// From field `index` to the end of the line.
std::string_view rest_from(std::string_view line, std::span<const std::string_view> fields, std::size_t index) {
  return line.substr(static_cast<std::size_t>(fields[index].data() - line.data()));
}

// The first eight fields as corners, when something follows them.
std::optional<Polygon> eight_numbers(std::span<const std::string_view> fields) {
  if (fields.size() < 9) return {};
  const auto values = numbers(fields.first(8));
  if (!values) return {};
  return corners(*values);
}

// All fields but the last as corners, three or more.
std::optional<Polygon> all_but_last(std::span<const std::string_view> fields) {
  if (fields.size() < 7 || fields.size() % 2 == 0) return {};
  const auto values = numbers(fields.first(fields.size() - 1));
  if (!values) return {};
  return corners(*values);
}

LabelLine text_of(Polygon polygon, std::string transcription, bool ignore) {
  return {{.polygon = std::move(polygon), .transcription = std::move(transcription), .ignore = ignore}};
}

}  // namespace

std::optional<LabelLine> parse_icdar2015(std::string_view line) {
  const auto fields = split(line, ',');
  auto polygon = eight_numbers(fields);
  if (!polygon) return {};
  const auto rest = rest_from(line, fields, 8);
  auto text = unquoted(rest).value_or(std::string(rest));
  const bool ignore = text == "###";
  return text_of(std::move(*polygon), std::move(text), ignore);
}

bool four_corners_only(std::string_view line) {
  const auto fields = split(line, ',');
  if (!eight_numbers(fields)) return false;
  return fields.size() < 11 || !number(fields[8]) || !number(fields[9]);
}

std::optional<LabelLine> parse_polygon(std::string_view line) {
  const auto fields = split(line, ',');
  auto polygon = all_but_last(fields);
  if (!polygon) return {};
  return text_of(std::move(*polygon), std::string(fields.back()), fields.back() == "###");
}

std::optional<LabelLine> parse_class(std::string_view line) {
  const auto fields = split(line, ',');
  auto polygon = all_but_last(fields);
  if (!polygon) return {};
  const auto label = trimmed(fields.back());
  if (label.find('#') != std::string_view::npos) return text_of(std::move(*polygon), "", true);
  int id = -1;
  const auto [end, failed] = std::from_chars(label.data(), label.data() + label.size(), id);
  if (failed != std::errc() || end != label.data() + label.size() || id < 0) return {};
  auto out = text_of(std::move(*polygon), "", false);
  out.text.class_id = id;
  return out;
}

std::optional<LabelLine> parse_icdar2017(std::string_view line) {
  // The scripts of MLT 2017 and 2019.
  static constexpr std::array<std::string_view, 10> kScripts{"Arabic", "Latin",   "Chinese", "Japanese", "Korean",
                                                             "Bangla", "Symbols", "Mixed",   "None",     "Hindi"};
  const auto fields = split(line, ',');
  if (fields.size() < 10) return {};
  auto polygon = eight_numbers(fields);
  const auto script = trimmed(fields[8]);
  if (!polygon || std::ranges::find(kScripts, script) == kScripts.end()) return {};
  const auto text = rest_from(line, fields, 9);
  auto out = text_of(std::move(*polygon), std::string(text), text == "###");
  out.script = script;
  return out;
}

std::optional<LabelLine> parse_icdar2013(std::string_view line) {
  const auto quote = line.find('"');
  if (quote == std::string_view::npos) return {};
  auto text = unquoted(line.substr(quote));
  std::string box(trimmed(line.substr(0, quote)));
  if (box.ends_with(',')) box.pop_back();
  std::ranges::replace(box, ',', ' ');
  auto fields = split(box, ' ');
  std::erase_if(fields, [](auto field) { return trimmed(field).empty(); });
  const auto values = numbers(fields);
  if (!text || !values || values->size() != 4) return {};
  const bool ignore = *text == "###";
  return text_of(upright_box((*values)[0], (*values)[1], (*values)[2], (*values)[3]), std::move(*text), ignore);
}

}  // namespace scriba::data::detail
