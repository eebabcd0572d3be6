#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/data/bad_entry.hpp>
#include <scriba/target/text_annotation.hpp>

/// Labels of one page: which texts an image shows, and where. Every published form gives the same TextAnnotation.
namespace scriba::data {

/// How the labels of an image are written. Coordinates are pixels of the image.
enum class PageForm {
  automatic,   ///< the form that fits most lines
  icdar2015,   ///< `x1,y1,x2,y2,x3,y3,x4,y4,text`; the text is all that follows, commas too, and quotes around it go. `###` is ignored.
               ///< SROIE, too
  polygons,    ///< `x1,y1,...,xn,yn,text`, three corners or more, the text follows the last comma. `###` is ignored
  classes,     ///< as polygons, with the number of a class from 0 for the text; a text with `#` is ignored
  icdar2017,   ///< `x1,y1,x2,y2,x3,y3,x4,y4,Script,text`: ICDAR 2017 and 2019 MLT
  icdar2013,   ///< `left top right bottom "text"`, with or without commas: ICDAR 2011 and 2013
  total_text,  ///< `x: [[..]], y: [[..]], ornt: [u'c'], transcriptions: [u'text']`; `#` is ignored
  ctw1500,     ///< `x1,y1,...,x14,y14,####text`; or 32 numbers, the box left,top,right,bottom and 14 corners from its top left; or the XML
               ///< of the training set
  msra_td500,  ///< `index difficult left top width height angle`: a box turned about its centre, radians; difficult ones are ignored
  json,        ///< `[{"points": [[x, y], ..], "transcription": "text"}, ..]`: PaddleOCR, SAST's lists. `###`, `*` and
               ///< `"difficult": true` are ignored
  funsd,       ///< FUNSD's JSON: its words; class_id 0 other, 1 header, 2 question, 3 answer
};

struct PageLabelOptions {
  PageForm form = PageForm::automatic;
  bool clockwise_only = false;         ///< refuse corners in the other order, as ICDAR 2015's program does
  std::vector<std::string> scripts{};  ///< icdar2017: texts of other scripts are ignored; empty: none are. {"Latin"}
  BadEntry bad_entry{};                ///< what to do with a bad line
};

/// "icdar2015" and so on, for command lines and messages.
const char* name_of(PageForm form);
/// The opposite. Throws Error that lists the names.
PageForm page_form_named(std::string_view name);

/// The form that fits most lines of these label files. Texts may look like coordinates ("5,10,20"), so many files decide better than one.
/// `classes` is never found: it has to be named.
PageForm detect_page_form(std::span<const std::string> contents);
/// The form that fits most lines of the first 200 of these files; those that cannot be read are passed over.
PageForm detect_page_form(std::span<const std::filesystem::path> files);

/// The texts of one image. `where` names the source in errors. A line of another form is a bad entry: see BadEntry.
std::vector<target::TextAnnotation> parse_page_labels(std::string_view content, const std::string& where,
                                                      const PageLabelOptions& options = {});

/// As parse_page_labels, of a file. Throws Error when it cannot be read.
std::vector<target::TextAnnotation> read_page_labels(const std::filesystem::path& path, const PageLabelOptions& options = {});

}  // namespace scriba::data
