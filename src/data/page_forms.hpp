#pragma once
// The forms of page labels, one function each.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/data/page_labels.hpp>

namespace scriba::data::detail {

/// One line's text; `script` where the form names it.
struct LabelLine {
  target::TextAnnotation text;
  std::string_view script{};
};

/// A form with a text a line. parse: nothing when the line has another form.
struct LineForm {
  PageForm form;
  const char* expected;
  std::optional<LabelLine> (*parse)(std::string_view line);
};

/// Special forms before general ones: where several fit as many lines, the first is meant.
std::span<const LineForm> line_forms();

std::optional<LabelLine> parse_icdar2015(std::string_view line);
std::optional<LabelLine> parse_polygon(std::string_view line);
std::optional<LabelLine> parse_class(std::string_view line);
std::optional<LabelLine> parse_icdar2017(std::string_view line);
std::optional<LabelLine> parse_icdar2013(std::string_view line);
std::optional<LabelLine> parse_total_text(std::string_view record);
std::optional<LabelLine> parse_ctw1500(std::string_view line);
std::optional<LabelLine> parse_msra_td500(std::string_view line);

/// True when a line fits icdar2015 and what follows its eight numbers does not look like further corners.
bool four_corners_only(std::string_view line);

/// Total-Text's files break a text's numbers into several lines: the lines joined, one text each. Line breaks that were inside become
/// spaces; those after a text stay, so that line numbers remain true.
std::string joined_records(std::string_view content);

// Whole files.
std::vector<target::TextAnnotation> parse_json_labels(std::string_view content, const std::string& where, const BadEntry& bad_entry);
std::vector<target::TextAnnotation> parse_funsd(std::string_view content, const std::string& where, const BadEntry& bad_entry);
std::vector<target::TextAnnotation> parse_ctw1500_xml(std::string_view content, const std::string& where, const BadEntry& bad_entry);

}  // namespace scriba::data::detail
