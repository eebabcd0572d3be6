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

bool is_image_name(const fs::path& path) {
  static const std::set<std::string> kEndings{".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".jp2", ".pgm", ".ppm"};
  auto ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kEndings.contains(ending);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes digits from the front, without leading zeros.
std::string_view take_number(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  auto number = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(number.size());
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

// Numbers in names count as numbers. Names that differ in leading zeros alone are in the order of their bytes.
bool name_before(const fs::path& a, const fs::path& b) {
  const auto whole_a = a.string(), whole_b = b.string();
  std::string_view x = whole_a, y = whole_b;
  while (!x.empty() && !y.empty()) {
    if (is_digit(x.front()) && is_digit(y.front())) {
      const auto m = take_number(x), n = take_number(y);
      if (m != n) return m.size() != n.size() ? m.size() < n.size() : m < n;
    } else if (x.front() != y.front()) {
      return x.front() < y.front();
    } else {
      x.remove_prefix(1), y.remove_prefix(1);
    }
  }
  return x.empty() && y.empty() ? whole_a < whole_b : x.empty();
}

constexpr std::array<std::array<std::string_view, 2>, 6> kLabelNames{
    {{"gt_", ".txt"}, {"", ".txt"}, {"poly_gt_", ".txt"}, {"", ".gt"}, {"", ".xml"}, {"", ".json"}}};

// "img1" of "poly_gt_img1.txt"; empty for a file that is not called as label files are.
std::string labelled_name(std::string_view file) {
  std::string_view out;
  for (const auto& [before, after] : kLabelNames) {
    if (file.size() <= before.size() + after.size() || !file.starts_with(before) || !file.ends_with(after)) continue;
    const auto name = file.substr(before.size(), file.size() - before.size() - after.size());
    if (out.empty() || name.size() < out.size()) out = name;
  }
  return std::string(out);
}

}  // namespace

std::vector<fs::path> image_files(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (is_image_name(entry.path()) && entry.is_regular_file()) out.push_back(entry.path());
  if (failed) throw Error({.what = "cannot read a folder", .where = folder.string(), .got = failed.message()});
  if (out.empty()) throw Error({.what = "no images in a folder", .where = folder.string()});
  std::ranges::sort(out, name_before);
  return out;
}

fs::path find_labels(const fs::path& folder, const std::string& name) {
  for (const auto& [before, after] : kLabelNames)
    if (auto file = folder / std::string(before).append(name).append(after); fs::is_regular_file(file)) return file;
  return {};
}

std::vector<std::string> labelled_names(const fs::path& folder) {
  std::error_code failed;
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (auto name = labelled_name(entry.path().filename().string()); !name.empty() && entry.is_regular_file())
      names.insert(std::move(name));
  if (failed) throw Error({.what = "cannot read a folder", .where = folder.string(), .got = failed.message()});
  if (names.empty())
    throw Error({.what = "no labels in a folder", .where = folder.string(), .expected = "files gt_NAME.txt or their like"});
  std::vector<std::string> out(names.begin(), names.end());
  std::ranges::sort(out, name_before);
  return out;
}

std::vector<PageEntry> read_page_list(const fs::path& list, const PageListOptions& options) {
  PageListOptions here = options;
  if (here.root.empty()) here.root = list.parent_path();
  const auto content = detail::file_content(list);
  const auto text = detail::trimmed(detail::without_mark(content));
  if (text.starts_with('{')) return detail::parse_json_pages(content, list.string(), here);
  if (text.starts_with('<')) return detail::parse_icdar2003_pages(content, list.string(), here);
  return parse_lines(content, list.string(), here);
}

std::vector<PageEntry> read_page_folder(const fs::path& images, const fs::path& labels, const PageLabelOptions& options) {
  const auto files = image_files(images);
  if (!fs::is_directory(labels)) throw Error({.what = "cannot read labels", .where = labels.string(), .expected = "a folder"});
  std::vector<fs::path> label_files;
  for (const auto& image : files) label_files.push_back(find_labels(labels, image.stem().string()));
  const auto form = with_form(options, label_files);
  std::vector<PageEntry> out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (label_files[i].empty()) {
      detail::report(options.bad_entry, Error({.what = "no labels of an image",
                                               .where = files[i].string(),
                                               .expected = (labels / ("gt_" + files[i].stem().string() + ".txt")).string() + " or its like",
                                               .got = "no such file"}));
      continue;
    }
    PageEntry page{.image = files[i], .texts = {}, .labels = label_files[i].string()};
    add_labels(page, label_files[i], form, out);
  }
  return out;
}

}  // namespace scriba::data
