// Labels in XML: CTW1500's training set, and ICDAR 2003's pages and words.
#include <algorithm>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "label_text.hpp"
#include "page_forms.hpp"
#include "page_sets.hpp"
#include "word_forms.hpp"
#include "xml_file.hpp"

namespace scriba::data::detail {

namespace {

using Tree = boost::property_tree::ptree;

constexpr int kDeepest = 64;

Error no_xml(const std::string& where, std::string got) {
  return Error({.what = "cannot read labels", .where = where, .expected = "XML", .got = std::move(got)});
}

std::optional<float> attribute(const Tree& element, const std::string& name) {
  const auto value = element.get_optional<std::string>("<xmlattr>." + name);
  return value ? number(*value) : std::nullopt;
}

}  // namespace

Tree parse_xml(std::string_view content, const std::string& where) {
  int depth = 0;
  for (std::size_t i = 0; i + 1 < content.size(); ++i) {
    if (content[i] != '<' || content[i + 1] == '!' || content[i + 1] == '?') {
      if (content.substr(i).starts_with("<!--")) i = std::min(content.find("-->", i), content.size());
      continue;
    }
    const auto end = content.find('>', i);
    if (content[i + 1] == '/')
      --depth;
    else if (end == std::string_view::npos || content[end - 1] != '/')
      ++depth;
    if (depth > kDeepest) throw no_xml(where, "elements nested deeper than " + std::to_string(kDeepest));
  }
  std::istringstream stream{std::string(without_mark(content))};
  Tree out;
  try {
    boost::property_tree::read_xml(stream, out, boost::property_tree::xml_parser::trim_whitespace);
  } catch (const boost::property_tree::xml_parser_error& error) {
    throw no_xml(line_of(where, error.line()), error.message());
  }
  return out;
}

std::vector<target::TextAnnotation> parse_ctw1500_xml(std::string_view content, const std::string& where, const BadEntry& bad_entry) {
  std::vector<target::TextAnnotation> out;
  try {
    std::size_t count = 0;
    each_element(parse_xml(content, where), "box", [&](const Tree& box) {
      ++count;
      const auto outline = box.get<std::string>("segs", "");
      const auto values = numbers(split(outline, ','));
      if (!values || values->size() < 6 || values->size() % 2 != 0)
        return report(bad_entry,
                      bad_label(where + ", box " + std::to_string(count), "<segs>x1,y1,...,xn,yn</segs>, three corners or more", outline));
      auto text = box.get<std::string>("label", "");
      const bool ignore = !text.empty() && text.find_first_not_of('#') == std::string::npos;
      out.push_back({.polygon = corners(*values), .transcription = std::move(text), .ignore = ignore});
    });
  } catch (const Error& error) {
    report(bad_entry, error);
  }
  return out;
}

std::vector<PageEntry> parse_icdar2003_pages(std::string_view content, const std::string& where, const PageListOptions& options) {
  std::vector<PageEntry> out;
  const auto& bad_entry = options.labels.bad_entry;
  try {
    each_element(parse_xml(content, where), "image", [&](const Tree& image) {
      const auto name = image.get<std::string>("imageName", "");
      if (name.empty())
        return report(bad_entry, bad_label(where, "<image><imageName>..</imageName><taggedRectangles>..</taggedRectangles></image>", ""));
      PageEntry page{.image = options.root / name, .texts = {}, .labels = where + ", image " + name};
      each_element(image, "taggedRectangle", [&](const Tree& box) {
        const auto x = attribute(box, "x"), y = attribute(box, "y"), width = attribute(box, "width"), height = attribute(box, "height");
        if (!x || !y || !width || !height)
          return report(bad_entry, bad_label(page.labels, "<taggedRectangle x=\"..\" y=\"..\" width=\"..\" height=\"..\">",
                                             box.get<std::string>("tag", "")));
        page.texts.push_back({.polygon = upright_box(*x, *y, *x + *width, *y + *height), .transcription = box.get<std::string>("tag", "")});
      });
      out.push_back(std::move(page));
    });
  } catch (const Error& error) {
    report(bad_entry, error);
  }
  return out;
}

std::vector<WordEntry> parse_icdar2003_words(std::string_view content, const std::string& where, const WordListOptions& options) {
  std::vector<WordEntry> out;
  try {
    each_element(parse_xml(content, where), "image", [&](const Tree& image) {
      const auto file = image.get<std::string>("<xmlattr>.file", ""), text = image.get<std::string>("<xmlattr>.tag", "");
      if (file.empty() || !image.get_optional<std::string>("<xmlattr>.tag"))
        return report(options.bad_entry, bad_label(where, "<image file=\"..\" tag=\"text\" />", file));
      out.push_back({.image = options.root / file, .text = text});
    });
  } catch (const Error& error) {
    report(options.bad_entry, error);
  }
  return out;
}

}  // namespace scriba::data::detail
