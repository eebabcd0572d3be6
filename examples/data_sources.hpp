#pragma once
// Data sets as training programs take them: with ratios, several at once.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/train/page_batches.hpp>

#include "label_options.hpp"

/// "words.txt" and 1 of "words.txt"; "words.txt" and 0.5 of "words.txt=0.5".
inline std::pair<std::string, double> with_ratio(const std::string& given) {
  const auto equals = given.rfind('=');
  if (equals == std::string::npos || equals + 1 == given.size() || std::filesystem::exists(given)) return {given, 1};
  char* end = nullptr;
  const double ratio = std::strtod(given.c_str() + equals + 1, &end);
  return *end == '\0' ? std::pair(given.substr(0, equals), ratio) : std::pair(given, 1.0);
}

/// The sets of a command line, one after the other: lists, and folders of images each followed by their labels, which are a folder or a
/// list whose paths begin at the images' folder. =RATIO stands behind the list, or behind the labels. Throws Error for a folder without
/// labels.
inline std::vector<scriba::train::PageSet> page_sources(const std::vector<std::string>& given,
                                                        const scriba::data::PageListOptions& options) {
  std::vector<scriba::train::PageSet> out;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto [first, ratio] = with_ratio(given[i]);
    if (!std::filesystem::is_directory(first)) {
      out.push_back({scriba::data::read_page_list(first, options), ratio});
      continue;
    }
    const auto [labels, ratio_of_pair] = i + 1 < given.size() ? with_ratio(given[++i]) : std::pair<std::string, double>();
    if (std::filesystem::is_directory(labels)) {
      out.push_back({scriba::data::read_page_folder(first, labels, options.labels), ratio_of_pair});
    } else if (std::filesystem::exists(labels)) {
      auto here = options;
      here.root = first;
      out.push_back({scriba::data::read_page_list(labels, here), ratio_of_pair});
    } else {
      throw scriba::Error({.what = "a folder of images without one of labels",
                           .where = first,
                           .expected = "the folder or the list of its labels after it",
                           .got = labels.empty() ? "nothing" : labels});
    }
  }
  return out;
}

/// Throws Error when all texts are of one class: a detector that tells kinds of text apart would learn nothing of them.
inline void require_classes(const std::vector<scriba::train::PageSet>& sets) {
  LabelClasses classes;
  for (const auto& set : sets)
    for (const auto& page : set.pages) classes.add(page.texts);
  if (classes.several()) return;
  throw scriba::Error({.what = "the model tells kinds of text apart, and the labels do not",
                       .where = "--data",
                       .expected = "texts of two classes or more: labels x1,y1,...,xn,yn,class need --form classes",
                       .got = classes.line()});
}
