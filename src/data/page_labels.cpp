#include <scriba/data/page_labels.hpp>

#include <algorithm>
#include <array>

#include "label_text.hpp"
#include "page_forms.hpp"

namespace scriba::data {

namespace {

struct Name {
  PageForm form;
  const char* name;
};
constexpr std::array kNames{Name{PageForm::automatic, "automatic"},
                            Name{PageForm::icdar2015, "icdar2015"},
                            Name{PageForm::polygons, "polygons"},
                            Name{PageForm::classes, "classes"},
                            Name{PageForm::icdar2017, "icdar2017"},
                            Name{PageForm::icdar2013, "icdar2013"},
                            Name{PageForm::total_text, "total-text"},
                            Name{PageForm::ctw1500, "ctw1500"},
                            Name{PageForm::msra_td500, "msra-td500"},
                            Name{PageForm::json, "json"},
                            Name{PageForm::funsd, "funsd"}};

const detail::LineForm& line_form(PageForm form) {
  const auto all = detail::line_forms();
  return *std::ranges::find(all, form, &detail::LineForm::form);
}

char first_character(std::string_view content) {
  const auto text = detail::trimmed(detail::without_mark(content));
  return text.empty() ? '\0' : text.front();
}

std::vector<target::TextAnnotation> parse_lines(std::string_view content, const std::string& where, const PageLabelOptions& options) {
  const auto& form = line_form(options.form);
  std::vector<target::TextAnnotation> out;
  detail::each_line(content, [&](std::string_view line, std::size_t number) {
    auto parsed = form.parse(line);
    const bool turned = parsed && options.clockwise_only && signed_area(parsed->text.polygon) <= 0;
    if (!parsed || turned)
      return detail::report(options.bad_entry,
                            detail::bad_label(detail::line_of(where, number), turned ? "corners in clockwise order" : form.expected, line));
    if (!options.scripts.empty() && !parsed->script.empty() && std::ranges::find(options.scripts, parsed->script) == options.scripts.end())
      parsed->text.ignore = true;
    out.push_back(std::move(parsed->text));
  });
  return out;
}

}  // namespace

namespace detail {

std::span<const LineForm> line_forms() {
  static constexpr LineForm kForms[] = {
      {PageForm::total_text, "x: [[x1 x2 ..]], y: [[y1 y2 ..]], ornt: [u'c'], transcriptions: [u'text']", parse_total_text},
      {PageForm::ctw1500, "x1,y1,...,x14,y14,####text or 32 numbers: left,top,right,bottom and 14 corners from there", parse_ctw1500},
      {PageForm::icdar2017, "x1,y1,x2,y2,x3,y3,x4,y4,Script,text", parse_icdar2017},
      {PageForm::icdar2015, "x1,y1,x2,y2,x3,y3,x4,y4,text", parse_icdar2015},
      {PageForm::polygons, "x1,y1,...,xn,yn,text with three corners or more", parse_polygon},
      {PageForm::icdar2013, "left top right bottom \"text\"", parse_icdar2013},
      {PageForm::msra_td500, "index difficult left top width height angle, with difficult 0 or 1", parse_msra_td500},
      {PageForm::classes, "x1,y1,...,xn,yn,class with three corners or more and a class from 0", parse_class}};
  return kForms;
}

}  // namespace detail

const char* name_of(PageForm form) { return std::ranges::find(kNames, form, &Name::form)->name; }

PageForm page_form_named(std::string_view name) {
  for (const auto& entry : kNames)
    if (entry.name == name) return entry.form;
  std::string all;
  for (const auto& entry : kNames) all += (all.empty() ? "one of " : ", ") + std::string(entry.name);
  throw Error({.what = "no such form of labels", .where = std::string(name), .expected = all});
}

PageForm detect_page_form(std::span<const std::string> contents) {
  const auto forms = detail::line_forms();
  std::vector<std::size_t> fits(forms.size());
  for (const std::string& content : contents) {
    switch (first_character(content)) {
      case '{':
        return PageForm::funsd;
      case '[':
        return PageForm::json;
      case '<':
        return PageForm::ctw1500;
    }
    const std::string lines = first_character(content) == 'x' ? detail::joined_records(content) : content;
    detail::each_line(lines, [&](std::string_view line, std::size_t) {
      for (std::size_t f = 0; f < forms.size(); ++f)
        if (forms[f].form == PageForm::icdar2015 ? detail::four_corners_only(line)
                                                 : forms[f].form != PageForm::classes && forms[f].parse(line))
          ++fits[f];
    });
  }
  const auto best = std::ranges::max_element(fits);
  return *best == 0 ? PageForm::icdar2015 : forms[static_cast<std::size_t>(best - fits.begin())].form;
}

PageForm detect_page_form(std::span<const std::filesystem::path> files) {
  constexpr std::size_t kSample = 200;
  std::vector<std::string> contents;
  for (const auto& file : files) {
    if (contents.size() == kSample) break;
    std::error_code failed;
    if (std::filesystem::is_regular_file(file, failed)) contents.push_back(detail::file_content(file));
  }
  return detect_page_form(contents);
}

std::vector<target::TextAnnotation> parse_page_labels(std::string_view content, const std::string& where, const PageLabelOptions& options) {
  const auto first = first_character(content);
  switch (options.form) {
    case PageForm::automatic: {
      PageLabelOptions found = options;
      const std::string copy(content);
      found.form = detect_page_form({&copy, 1});
      return parse_page_labels(content, where, found);
    }
    case PageForm::json:
      return detail::parse_json_labels(content, where, options.bad_entry);
    case PageForm::funsd:
      return detail::parse_funsd(content, where, options.bad_entry);
    case PageForm::ctw1500:
      return first == '<' ? detail::parse_ctw1500_xml(content, where, options.bad_entry) : parse_lines(content, where, options);
    case PageForm::total_text:
      return parse_lines(detail::joined_records(content), where, options);
    default:
      return parse_lines(content, where, options);
  }
}

std::vector<target::TextAnnotation> read_page_labels(const std::filesystem::path& path, const PageLabelOptions& options) {
  return parse_page_labels(detail::file_content(path), path.string(), options);
}

}  // namespace scriba::data
