#pragma once
// Files that describe the pages of a whole data set.

#include <string>
#include <string_view>
#include <vector>

#include <scriba/data/page_list.hpp>

namespace scriba::data::detail {

/// COCO-Text's, LSVT's or ArT's JSON. options.root is the folder of the images.
std::vector<PageEntry> parse_json_pages(std::string_view content, const std::string& where, const PageListOptions& options);

/// ICDAR 2003's locations.xml or words.xml: pages with upright boxes.
std::vector<PageEntry> parse_icdar2003_pages(std::string_view content, const std::string& where, const PageListOptions& options);

}  // namespace scriba::data::detail
