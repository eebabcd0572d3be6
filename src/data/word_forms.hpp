#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <scriba/data/word_list.hpp>

namespace scriba::data::detail {

/// ICDAR 2003's word.xml.
std::vector<WordEntry> parse_icdar2003_words(std::string_view content, const std::string& where, const WordListOptions& options);

}  // namespace scriba::data::detail
