#pragma once
// Data sets as training programs take them: with ratios, several at once.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <scriba/core/error.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/train/page_batches.hpp>

/// How labels are read, for all sets of a command line alike.
class LabelOptions {
 public:
  /// `validates`: the program also reads sets to validate on.
  explicit LabelOptions(CLI::App& app, bool validates = true) {
    app.add_option("--form", form_, "how labels are written: found by itself, but for `classes`: x1,y1,...,xn,yn,class")
        ->capture_default_str();
    app.add_option("--scripts", scripts_, "ICDAR 2017 and 2019 MLT: texts of other scripts than these are ignored");
    add_subset(app, "--subset", subset_, "COCO-Text: the part to learn, all of it unless given");
    if (validates) add_subset(app, "--val-subset", val_subset_, "COCO-Text: the part to validate on");
  }

  scriba::data::PageListOptions learnt() const { return options(subset_); }
  scriba::data::PageListOptions validated() const { return options(val_subset_); }

 private:
  static void add_subset(CLI::App& app, const char* name, std::string& value, const char* what) {
    app.add_option(name, value, what)->check(CLI::IsMember({"train", "val", "test"}));
  }
  scriba::data::PageListOptions options(const std::string& subset) const {
    return {.labels = {.form = scriba::data::page_form_named(form_), .scripts = scripts_}, .subset = subset};
  }

  LabelOptions(const LabelOptions&) = delete;  // the parser has its address
  LabelOptions& operator=(const LabelOptions&) = delete;

  std::string form_ = "automatic", subset_, val_subset_;
  std::vector<std::string> scripts_;
};

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
  std::optional<int> first;
  for (const auto& set : sets)
    for (const auto& page : set.pages)
      for (const auto& text : page.texts) {
        if (text.ignore) continue;
        if (first && text.class_id != *first) return;
        first = text.class_id;
      }
  throw scriba::Error({.what = "the model tells kinds of text apart, and the labels do not",
                       .where = "--data",
                       .expected = "texts of two classes or more: labels x1,y1,...,xn,yn,class need --form classes",
                       .got = first ? "class " + std::to_string(*first) + " for every text" : "no texts"});
}
