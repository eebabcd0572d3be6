#include <scriba/data/check.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include <scriba/data/loader.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/geometry/simple.hpp>
#include <scriba/image/read.hpp>
#include <scriba/text/utf8.hpp>

#include "label_text.hpp"

namespace scriba::data {

namespace {

using Faults = std::vector<Error>;

// What `of(i)` says of every entry, in order; entries are looked at by several threads.
template <class Of>
Faults each(std::size_t count, const CheckOptions& options, const Of& of) {
  const int threads = options.threads > 0 ? options.threads : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 8);
  Loader<Faults> results([&](std::int64_t i) { return of(static_cast<std::size_t>(i)); }, 0, static_cast<std::int64_t>(count),
                         {.threads = threads, .ahead = static_cast<std::size_t>(4 * threads)});
  Faults out;
  for (std::size_t done = 1; auto faults = results.next(); ++done) {
    out.insert(out.end(), faults->begin(), faults->end());
    if (options.progress) options.progress(done);
  }
  return out;
}

Error fault(std::string what, const std::string& where, std::string expected = "", std::string got = "") {
  return Error({.what = std::move(what), .where = where, .expected = std::move(expected), .got = std::move(got)});
}

void check_text(const std::string& text, const std::string& where, const CheckOptions& options, Faults& out) {
  if (!utf8::valid(text)) return out.push_back(fault("a text is not UTF-8", where));
  if (!options.alphabet) return;
  const auto read = folded(text, options.folding);
  if (read.empty()) return out.push_back(fault("a text is empty", where));
  if (options.alphabet->encode(read, UnknownCharacter::skip).unknown == 0) return;
  std::string lacking;
  std::set<std::string> seen;
  for (const auto& character : utf8::code_points(read))
    if (options.alphabet->class_of(character) < 0 && seen.insert(character).second) lacking += character;
  out.push_back(fault("the alphabet lacks characters", where, "", detail::quoted(lacking) + " in " + detail::quoted(read)));
}

// Nothing when all is well.
std::string polygon_fault(const Polygon& polygon) {
  if (!finite(polygon)) return "a polygon has coordinates that are no numbers";
  Polygon corners = polygon;
  std::ranges::sort(corners, [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  if (std::unique(corners.begin(), corners.end()) - corners.begin() < 3) return "a polygon has fewer than three different corners";
  if (crosses_itself(polygon)) return "a polygon's edges cross";
  if (area(polygon) < 1) return "a polygon has less than a square pixel";
  return "";
}

bool outside(const Polygon& polygon, const cv::Size& size) {
  const auto box = pixel_bounds(polygon);
  if ((box & cv::Rect({}, size)).empty()) return true;
  const int x = size.width / 10, y = size.height / 10;
  return box.x < -x || box.y < -y || box.br().x > size.width + x || box.br().y > size.height + y;
}

std::string size_text(const cv::Size& size) { return std::to_string(size.width) + " x " + std::to_string(size.height); }

std::string corner_text(const Polygon& polygon) {
  const auto box = pixel_bounds(polygon);
  return "corners from " + std::to_string(box.x) + ", " + std::to_string(box.y) + " to " + std::to_string(box.br().x) + ", " +
         std::to_string(box.br().y);
}

void check_texts(const PageEntry& page, const cv::Size& size, const CheckOptions& options, Faults& out) {
  for (std::size_t t = 0; t < page.texts.size(); ++t) {
    const auto& text = page.texts[t];
    const auto where = page.labels + ", text " + std::to_string(t + 1) + " " + detail::quoted(text.transcription);
    const auto shape = polygon_fault(text.polygon);
    if (!shape.empty())
      out.push_back(fault(shape, where));
    else if (!size.empty() && outside(text.polygon, size))
      out.push_back(fault("a polygon lies outside the image", where, "corners in " + size_text(size), corner_text(text.polygon)));
    for (std::size_t before = 0; before < t; ++before)
      if (page.texts[before].polygon == text.polygon) {
        out.push_back(fault("a polygon comes twice", where, "", "text " + std::to_string(before + 1) + " in the same place"));
        break;
      }
    if (!text.ignore) check_text(text.transcription, where, options, out);
  }
}

// Faults for names that come again.
template <class Name>
Faults repeated(std::size_t count, const Name& name) {
  Faults out;
  std::map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < count; ++i)
    if (const auto [known, added] = first.emplace(name(i), i); !added)
      out.push_back(fault("an image comes twice", known->first, "",
                          "it as entries " + std::to_string(known->second + 1) + " and " + std::to_string(i + 1)));
  return out;
}

}  // namespace

std::vector<Error> check_pages(const std::vector<PageEntry>& pages, const CheckOptions& options) {
  auto out = each(pages.size(), options, [&](std::size_t i) {
    Faults faults;
    cv::Size size;
    try {
      if (options.images) size = read_image(pages[i].image).size();
    } catch (const Error& error) {
      faults.push_back(error);
    }
    check_texts(pages[i], size, options, faults);
    return faults;
  });
  const auto twice = repeated(pages.size(), [&](std::size_t i) { return pages[i].image.string(); });
  out.insert(out.end(), twice.begin(), twice.end());
  return out;
}

std::vector<Error> check_words(const WordSet& words, const CheckOptions& options) {
  auto out = each(words.size(), options, [&](std::size_t i) {
    Faults faults;
    try {
      const auto text = words.text(i);
      if (text.empty())
        faults.push_back(fault("a text is empty", words.name(i)));
      else
        check_text(text, words.name(i), options, faults);
      if (options.images) words.image(i);
    } catch (const Error& error) {
      faults.push_back(error);
    }
    return faults;
  });
  const auto twice = repeated(words.size(), [&](std::size_t i) { return words.name(i); });
  out.insert(out.end(), twice.begin(), twice.end());
  return out;
}

}  // namespace scriba::data
