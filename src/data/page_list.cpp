#include <scriba/data/page_list.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "label_text.hpp"
#include "page_sets.hpp"

namespace scriba::data {

namespace fs = std::filesystem;

namespace {

PageLabelOptions with_form(PageLabelOptions options, const std::vector<fs::path>& files) {
  if (options.form == PageForm::automatic) options.form = detect_page_form(files);
  return options;
}

void add_labels(PageEntry& page, const fs::path& file, const PageLabelOptions& options, std::vector<PageEntry>& to) {
  try {
    page.texts = read_page_labels(file, options);
    to.push_back(std::move(page));
  } catch (const Error& error) {
    detail::report(options.bad_entry, error);
  }
}

std::vector<PageEntry> parse_lines(std::string_view content, const std::string& where, const PageListOptions& options) {
  struct Line {
    std::string_view image, labels;
    std::size_t number;
  };
  std::vector<Line> lines;
  std::vector<fs::path> files;
  detail::each_line(content, [&](std::string_view line, std::size_t number) {
    const auto tab = line.find('\t');
    if (tab == 0 || tab == std::string_view::npos || detail::trimmed(line.substr(tab)).empty())
      return detail::report(options.labels.bad_entry,
                            detail::bad_label(detail::line_of(where, number), "image<TAB>labels, a file or JSON", line));
    lines.push_back({line.substr(0, tab), detail::trimmed(line.substr(tab)), number});
    if (!lines.back().labels.starts_with('[')) files.push_back(options.root / lines.back().labels);
  });
  const auto file_options = with_form(options.labels, files);
  auto json_options = options.labels;
  json_options.form = PageForm::json;
  std::vector<PageEntry> out;
  for (const Line& line : lines) {
    const auto place = detail::line_of(where, line.number);
    PageEntry page{.image = options.root / line.image, .texts = {}, .labels = place};
    if (line.labels.starts_with('[')) {
      page.texts = parse_page_labels(line.labels, place, json_options);
      out.push_back(std::move(page));
      continue;
    }
    const auto file = options.root / line.labels;
    if (!fs::is_regular_file(file)) {
      detail::report(options.labels.bad_entry,
                     Error({.what = "cannot read labels", .where = place, .expected = "a label file", .got = "no file " + file.string()}));
      continue;
    }
    page.labels = file.string();
    add_labels(page, file, file_options, out);
  }
  return out;
}

std::vector<fs::path> sorted_files(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.is_regular_file()) out.push_back(entry.path());
  if (failed) throw Error({.what = "cannot read a folder", .where = folder.string(), .got = failed.message()});
  std::ranges::sort(out);
  return out;
}

constexpr std::array<std::array<const char*, 2>, 6> kLabelNames{
    {{"gt_", ".txt"}, {"", ".txt"}, {"poly_gt_", ".txt"}, {"", ".gt"}, {"", ".xml"}, {"", ".json"}}};

}  // namespace

bool is_image_name(const fs::path& path) {
  static const std::set<std::string> kEndings{".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".jp2", ".pgm", ".ppm"};
  auto ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kEndings.contains(ending);
}

fs::path find_labels(const fs::path& folder, const std::string& name) {
  for (const auto& [before, after] : kLabelNames)
    if (auto file = folder / (before + name + after); fs::is_regular_file(file)) return file;
  return {};
}

std::vector<PageEntry> read_page_list(const fs::path& list, const PageListOptions& options) {
  PageListOptions here = options;
  if (here.root.empty()) here.root = list.parent_path();
  const auto content = detail::file_content(list);
  const auto text = detail::trimmed(detail::without_mark(content));
  if (text.starts_with('{')) return detail::parse_coco_text(content, list.string(), here);
  if (text.starts_with('<')) return detail::parse_icdar2003_pages(content, list.string(), here);
  return parse_lines(content, list.string(), here);
}

std::vector<PageEntry> read_page_folder(const fs::path& images, const fs::path& labels, const PageLabelOptions& options) {
  std::vector<fs::path> image_files = sorted_files(images), label_files;
  std::erase_if(image_files, [](const fs::path& file) { return !is_image_name(file); });
  if (image_files.empty()) throw Error({.what = "no images in a folder", .where = images.string()});
  if (!fs::is_directory(labels)) throw Error({.what = "cannot read labels", .where = labels.string(), .expected = "a folder"});
  for (const auto& image : image_files) label_files.push_back(find_labels(labels, image.stem().string()));
  const auto form = with_form(options, label_files);
  std::vector<PageEntry> out;
  for (std::size_t i = 0; i < image_files.size(); ++i) {
    if (label_files[i].empty()) {
      detail::report(options.bad_entry,
                     Error({.what = "no labels of an image",
                            .where = image_files[i].string(),
                            .expected = (labels / ("gt_" + image_files[i].stem().string() + ".txt")).string() + " or its like",
                            .got = "no such file"}));
      continue;
    }
    PageEntry page{.image = image_files[i], .texts = {}, .labels = label_files[i].string()};
    add_labels(page, label_files[i], form, out);
  }
  return out;
}

}  // namespace scriba::data
