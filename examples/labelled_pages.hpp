#pragma once
// Images with their labels, as evaluating programs take them; and the result files that belong to them.

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <scriba/core/error.hpp>
#include <scriba/core/make_folder.hpp>
#include <scriba/data/page_list.hpp>

#include "input_files.hpp"
#include "label_options.hpp"

/// An image and what it shows.
struct LabelledPage {
  std::string name;   ///< of the image, without folder and ending
  std::string image;  ///< its file, or "-"; empty: labels alone were given
  std::vector<scriba::target::TextAnnotation> texts;
};

/// The options that name images and their labels.
class LabelledPages {
 public:
  explicit LabelledPages(CLI::App& app) : label_options_(app) {
    app.add_option(
        "--images", images_,
        "images and folders of images; all labelled ones with --results. With a list: the folder that its relative paths begin at, "
        "that of the list unless given");
    app.add_option("--gt", labels_,
                   "folder of label files gt_NAME.txt, NAME.txt and their like, or a list: image<TAB>labels a line, COCO-Text's, LSVT's or "
                   "ArT's JSON, ICDAR 2003's XML")
        ->required();
    app.add_option("--limit", limit_, "only the first N images");
  }

  /// All labels first: a bad line is said at once and not after an hour. `with_images` false: labels will do. Throws Error for labels that
  /// are missing or bad, and when there is no page at all.
  std::vector<LabelledPage> read(bool with_images) const {
    const auto options = label_options_.read();
    auto pages = std::filesystem::is_directory(labels_) ? of_folder(options.labels, with_images) : of_list(options);
    if (limit_ > 0 && limit_ < pages.size()) pages.resize(limit_);
    if (pages.empty()) throw scriba::Error({.what = "no pages to score", .where = labels_});
    return pages;
  }

 private:
  std::vector<LabelledPage> of_folder(scriba::data::PageLabelOptions options, bool with_images) const {
    if (images_.empty() && with_images)
      throw scriba::Error({.what = "nothing to score", .expected = "--images or --results, or a list as --gt"});
    std::vector<LabelledPage> pages;
    if (images_.empty())
      for (auto& name : scriba::data::labelled_names(labels_)) pages.push_back({std::move(name), {}, {}});
    else
      for (auto& file : input_files(images_)) pages.push_back({std::filesystem::path(file).stem().string(), std::move(file), {}});
    if (limit_ > 0 && limit_ < pages.size()) pages.resize(limit_);
    std::vector<std::filesystem::path> files;
    for (const auto& page : pages) {
      files.push_back(scriba::data::find_labels(labels_, page.name));
      if (files.back().empty())
        throw scriba::Error({.what = "no labels of an image",
                             .where = (std::filesystem::path(labels_) / ("gt_" + page.name + ".txt")).string(),
                             .got = "no such file"});
    }
    // Over all of them: texts of one file may look like coordinates.
    if (options.form == scriba::data::PageForm::automatic) options.form = scriba::data::detect_page_form(files);
    for (std::size_t i = 0; i < pages.size(); ++i) pages[i].texts = scriba::data::read_page_labels(files[i], options);
    return pages;
  }

  std::vector<LabelledPage> of_list(scriba::data::PageListOptions options) const {
    if (images_.size() > 1)
      throw scriba::Error({.what = "a list has one folder of images", .where = "--images", .got = std::to_string(images_.size())});
    if (!images_.empty()) options.root = images_.front();
    std::vector<LabelledPage> pages;
    for (auto& entry : scriba::data::read_page_list(labels_, options))
      pages.push_back({entry.image.stem().string(), entry.image.string(), std::move(entry.texts)});
    return pages;
  }

  std::vector<std::string> images_;
  std::string labels_;
  LabelOptions label_options_;
  std::size_t limit_ = 0;
};

/// res_NAME.txt in `folder`, as benchmarks want them called.
inline std::filesystem::path result_file(const std::string& folder, const LabelledPage& page) {
  return std::filesystem::path(folder) / ("res_" + page.name + ".txt");
}

/// How many pages have no result file in `folder`: nothing was found there, by the benchmarks' rules. Throws Error when none has one, which
/// is another folder or another way to call them.
inline std::size_t without_results(const std::string& folder, std::span<const LabelledPage> pages) {
  const auto missing = static_cast<std::size_t>(
      std::ranges::count_if(pages, [&](const auto& page) { return !std::filesystem::is_regular_file(result_file(folder, page)); }));
  if (missing == pages.size())
    throw scriba::Error({.what = "no results of any image",
                         .where = folder,
                         .expected = result_file(folder, pages.front()).filename().string() + " and so on",
                         .got = std::filesystem::is_directory(folder) ? "none of these files" : "no such folder"});
  return missing;
}

/// Throws Error when two images have one name: what is written for one would be lost.
inline void require_different_names(std::span<const LabelledPage> pages) {
  std::set<std::string> names;
  for (const auto& page : pages)
    if (!names.insert(page.name).second)
      throw scriba::Error({.what = "two images have one name, and so would their results", .where = page.image, .got = page.name});
}

/// Before anything is scored: makes the folders that results are saved and drawn into, and says how many pages have no file in `results`.
/// Empty names: not wanted. Throws Error when two images have one name, when there is nothing to draw on, and without any results.
inline std::size_t prepare_scoring(std::span<const LabelledPage> pages, const std::string& results, const std::string& saved,
                                   const std::string& drawing) {
  if (!drawing.empty() && pages.front().image.empty()) throw scriba::Error({.what = "no images to draw on", .expected = "--images"});
  if (!(saved.empty() && drawing.empty() && results.empty())) require_different_names(pages);
  const auto missing = results.empty() ? 0 : without_results(results, pages);
  for (const auto& folder : {saved, drawing})
    if (!folder.empty()) scriba::make_folder(folder);
  return missing;
}
