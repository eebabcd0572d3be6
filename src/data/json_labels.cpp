// Labels in JSON: PaddleOCR's, FUNSD's, COCO-Text's, LSVT's and ArT's.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "label_text.hpp"
#include "page_forms.hpp"
#include "page_sets.hpp"

namespace scriba::data::detail {

namespace {

using Json = nlohmann::json;

// How deep arrays and objects lie in each other.
int nesting(std::string_view content) {
  int depth = 0, deepest = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    if (in_text && c == '\\')
      ++i;
    else if (c == '"')
      in_text = !in_text;
    else if (!in_text && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!in_text && (c == ']' || c == '}'))
      --depth;
  }
  return deepest;
}

std::optional<Json> parsed(std::string_view content, const std::string& where, const char* expected, const BadEntry& bad_entry) {
  // Labels lie a few levels deep; the library recurses over what it prints.
  if (constexpr int kDeepest = 64; nesting(content) > kDeepest) {
    report(bad_entry, Error({.what = "cannot read labels", .where = where, .expected = expected, .got = "JSON nested deeper than 64"}));
    return {};
  }
  try {
    return Json::parse(without_mark(content));
  } catch (const Json::exception& error) {
    std::string got = error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 7: ..."
    if (const auto at = got.find("] "); at != std::string::npos) got.erase(0, at + 2);
    report(bad_entry, Error({.what = "cannot read labels", .where = where, .expected = expected, .got = got}));
    return {};
  }
}

std::optional<float> as_number(const Json& value) {
  if (!value.is_number()) return {};
  const auto out = value.get<float>();
  return std::isfinite(out) ? std::optional(out) : std::nullopt;
}

// The member, or null.
const Json& member(const Json& object, const char* name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

// [[x, y], [x, y], ...], three corners or more.
std::optional<Polygon> points(const Json& value) {
  if (!value.is_array() || value.size() < 3) return {};
  Polygon out;
  for (const Json& point : value) {
    if (!point.is_array() || point.size() != 2) return {};
    const auto x = as_number(point[0]), y = as_number(point[1]);
    if (!x || !y) return {};
    out.emplace_back(*x, *y);
  }
  return out;
}

std::optional<std::vector<float>> flat_numbers(const Json& value) {
  if (!value.is_array()) return {};
  std::vector<float> out;
  for (const Json& entry : value) {
    const auto number = as_number(entry);
    if (!number) return {};
    out.push_back(*number);
  }
  return out;
}

std::string text_member(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string short_dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

constexpr const char* kTexts = "[{\"points\": [[x, y], ...], \"transcription\": \"text\"}, ...]";

// The texts of an array as kTexts says.
std::vector<target::TextAnnotation> texts_of(const Json& array, const std::string& where, const BadEntry& bad_entry) {
  std::vector<target::TextAnnotation> out;
  if (!array.is_array()) {
    report(bad_entry, bad_label(where, kTexts, short_dump(array)));
    return out;
  }
  for (std::size_t i = 0; i < array.size(); ++i) {
    const Json& entry = array[i];
    auto polygon = points(member(entry, "points"));
    const Json& text = member(entry, "transcription");
    if (!polygon || !text.is_string()) {
      report(bad_entry, bad_label(where + ", text " + std::to_string(i + 1),
                                  "{\"points\": [[x, y], ...], \"transcription\": \"text\"}, three points or more", short_dump(entry)));
      continue;
    }
    target::TextAnnotation annotation{.polygon = std::move(*polygon), .transcription = text.get<std::string>()};
    const auto flagged = [&](const char* name) { return member(entry, name).is_boolean() && member(entry, name).get<bool>(); };
    annotation.ignore = annotation.transcription == "###" || annotation.transcription == "*" || flagged("difficult") ||  // PaddleOCR
                        flagged("illegibility");                                                                         // LSVT, ArT
    out.push_back(std::move(annotation));
  }
  return out;
}

}  // namespace

std::vector<target::TextAnnotation> parse_json_labels(std::string_view content, const std::string& where, const BadEntry& bad_entry) {
  const auto root = parsed(content, where, kTexts, bad_entry);
  return root ? texts_of(*root, where, bad_entry) : std::vector<target::TextAnnotation>();
}

std::vector<target::TextAnnotation> parse_funsd(std::string_view content, const std::string& where, const BadEntry& bad_entry) {
  constexpr const char* kExpected = "{\"form\": [{\"label\": .., \"words\": [{\"box\": [left, top, right, bottom], \"text\": ..}]}]}";
  std::vector<target::TextAnnotation> out;
  const auto root = parsed(content, where, kExpected, bad_entry);
  if (!root) return out;
  const Json& form = member(*root, "form");
  if (!form.is_array()) {
    report(bad_entry, bad_label(where, kExpected, short_dump(*root)));
    return out;
  }
  for (std::size_t i = 0; i < form.size(); ++i) {
    const Json& words = member(form[i], "words");
    if (!words.is_array()) {
      report(bad_entry, bad_label(where + ", field " + std::to_string(i + 1), kExpected, short_dump(form[i])));
      continue;
    }
    const auto label = text_member(form[i], "label");
    const int class_id = label == "header" ? 1 : label == "question" ? 2 : label == "answer" ? 3 : 0;
    for (const Json& word : words) {
      const auto box = flat_numbers(member(word, "box"));
      if (!box || box->size() != 4 || !member(word, "text").is_string()) {
        report(bad_entry, bad_label(where + ", field " + std::to_string(i + 1), "{\"box\": [left, top, right, bottom], \"text\": ..}",
                                    short_dump(word)));
        continue;
      }
      const auto text = text_member(word, "text");
      if (trimmed(text).empty()) continue;  // FUNSD has empty words
      out.push_back({.polygon = upright_box((*box)[0], (*box)[1], (*box)[2], (*box)[3]), .transcription = text, .class_id = class_id});
    }
  }
  return out;
}

namespace {

std::vector<PageEntry> coco_text_pages(const Json& images, const Json& texts, const std::string& where, const PageListOptions& options) {
  const auto& bad_entry = options.labels.bad_entry;
  std::vector<PageEntry> out;
  std::map<std::string, std::size_t> page_of;  // by id
  for (const auto& [id, image] : images.items()) {
    const auto name = text_member(image, "file_name");
    if (name.empty()) {
      report(bad_entry, bad_label(where + ", image " + id, "{\"file_name\": .., \"set\": ..}", short_dump(image)));
      continue;
    }
    page_of.emplace(id, page_of.size());
    const auto set = text_member(image, "set");
    // Pages of other sets keep an empty name until their texts have been passed over.
    const bool wanted = options.subset.empty() || set == options.subset;
    out.push_back({.image = wanted ? options.root / name : std::filesystem::path(), .texts = {}, .labels = where + ", image " + id});
  }
  for (const auto& [id, entry] : texts.items()) {
    const Json& image_id = member(entry, "image_id");
    const auto page = page_of.find(image_id.is_string() ? image_id.get<std::string>() : image_id.dump());
    // First edition: "polygon", eight numbers; second: "mask", any number; both: "bbox", left, top, width, height.
    auto outline = flat_numbers(member(entry, "mask"));
    if (!outline) outline = flat_numbers(member(entry, "polygon"));
    const auto box = flat_numbers(member(entry, "bbox"));
    const bool has_outline = outline && outline->size() >= 6 && outline->size() % 2 == 0;
    if (page == page_of.end() || (!has_outline && (!box || box->size() != 4))) {
      report(bad_entry,
             bad_label(where + ", annotation " + id,
                       "{\"image_id\": of an image, \"mask\" or \"polygon\": [x1, y1, ..] or \"bbox\": [left, top, width, height]}",
                       short_dump(entry)));
      continue;
    }
    auto& target = out[page->second];
    if (target.image.empty()) continue;
    target::TextAnnotation text{
        .polygon = has_outline ? corners(*outline) : upright_box((*box)[0], (*box)[1], (*box)[0] + (*box)[2], (*box)[1] + (*box)[3]),
        .transcription = text_member(entry, "utf8_string")};
    text.ignore = text_member(entry, "legibility") == "illegible";
    target.texts.push_back(std::move(text));
  }
  std::erase_if(out, [](const PageEntry& page) { return page.image.empty(); });
  return out;
}

// LSVT's and ArT's: the texts of each image by its name, which has no ending.
std::vector<PageEntry> named_pages(const Json& root, const std::string& where, const PageListOptions& options) {
  std::vector<PageEntry> out;
  for (const auto& [name, texts] : root.items()) {
    const auto place = where + ", image " + name;
    const std::filesystem::path file = std::filesystem::path(name).has_extension() ? name : name + ".jpg";
    out.push_back({.image = options.root / file, .texts = texts_of(texts, place, options.labels.bad_entry), .labels = place});
  }
  return out;
}

}  // namespace

std::vector<PageEntry> parse_json_pages(std::string_view content, const std::string& where, const PageListOptions& options) {
  constexpr const char* kExpected =
      "COCO-Text's {\"imgs\": {id: {\"file_name\": .., \"set\": ..}}, \"anns\": {id: {\"image_id\": .., \"polygon\": ..}}} or "
      "{\"image\": [{\"points\": [[x, y], ...], \"transcription\": \"text\"}, ...], ...}";
  const auto root = parsed(content, where, kExpected, options.labels.bad_entry);
  if (!root) return {};
  const Json &images = member(*root, "imgs"), &texts = member(*root, "anns");
  if (images.is_object() && texts.is_object()) return coco_text_pages(images, texts, where, options);
  if (root->is_object() && !root->empty() && root->begin()->is_array()) return named_pages(*root, where, options);
  report(options.labels.bad_entry, bad_label(where, kExpected, short_dump(*root)));
  return {};
}

}  // namespace scriba::data::detail
