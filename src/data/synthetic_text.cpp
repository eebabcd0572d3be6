#include <scriba/data/synthetic_text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <string_view>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/random.hpp>
#include <scriba/image/read.hpp>
#include <scriba/text/utf8.hpp>

#include "bent_word.hpp"
#include "label_text.hpp"
#include "typeface.hpp"

namespace scriba::data {

namespace {

using augment::Random;

Error bad(const std::string& where, std::string expected, std::string got) {
  return Error({.what = "cannot draw text", .where = where, .expected = std::move(expected), .got = std::move(got)});
}

// --- what is written ---

// Consonants and vowels in turn look like words to a network.
std::string invented_word(Random& random) {
  static constexpr std::string_view kConsonants = "bcdfghjklmnpqrstvwxz", kVowels = "aeiouy";
  std::string out;
  const int length = random.integer(2, 10);
  bool vowel = random.chance(0.4);
  for (int i = 0; i < length; ++i, vowel = !vowel) {
    const auto letters = vowel ? kVowels : kConsonants;
    out += letters[static_cast<std::size_t>(random.integer(0, static_cast<int>(letters.size()) - 1))];
  }
  const double style = random.uniform();
  for (std::size_t i = 0; i < out.size(); ++i)
    if (style < 0.3 || (style < 0.65 && i == 0)) out[i] = static_cast<char>(out[i] - 'a' + 'A');
  return out;
}

std::string invented_text(Random& random) {
  const double kind = random.uniform();
  if (kind < 0.7) return invented_word(random);
  std::string out;
  if (kind < 0.85) {  // a number
    for (int n = random.integer(1, 6); n > 0; --n) out += static_cast<char>('0' + random.integer(0, 9));
    return out;
  }
  for (int n = random.integer(1, 6); n > 0; --n) out += static_cast<char>(random.integer('!', '~'));
  return out;
}

// --- what is behind it ---

cv::Scalar any_color(Random& random) {
  const double b = random.uniform({0, 255}), g = random.uniform({0, 255}), r = random.uniform({0, 255});
  return {b, g, r};
}

void add_noise(cv::Mat& image, Random& random, double deviation) {
  if (deviation <= 0) return;
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      // Four bits of noise a channel are cheap and look like a camera's.
      const auto bits = random.bits();
      for (int c = 0; c < 3; ++c) {
        const double four = static_cast<double>((bits >> (8 * c)) & 255) / 127.5 - 1;
        auto& value = image.at<cv::Vec3b>(y, x)[c];
        value = cv::saturate_cast<unsigned char>(value + deviation * four);
      }
    }
}

// A gradient between two colours, some shapes, blurred.
cv::Mat drawn_background(Random& random, cv::Size size) {
  cv::Mat out(size, CV_8UC3);
  const auto from = any_color(random), to = random.chance(0.5) ? from : any_color(random);
  const double angle = random.uniform({0, 2 * std::numbers::pi}), reach = size.width + size.height;
  const double dx = std::cos(angle) / reach, dy = std::sin(angle) / reach;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const double at = std::clamp(0.5 + (x - size.width / 2) * dx + (y - size.height / 2) * dy, 0.0, 1.0);
      for (int c = 0; c < 3; ++c) out.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<unsigned char>(from[c] + at * (to[c] - from[c]));
    }
  for (int n = random.integer(0, 8); n > 0; --n) {
    const cv::Point at(random.integer(0, size.width - 1), random.integer(0, size.height - 1));
    const cv::Size half(random.integer(1, std::max(1, size.width / 4)), random.integer(1, std::max(1, size.height / 4)));
    const auto color = any_color(random);
    switch (random.integer(0, 2)) {
      case 0:
        cv::rectangle(out, at, at + cv::Point(half.width, half.height), color, cv::FILLED);
        break;
      case 1:
        cv::ellipse(out, at, half, random.uniform({0, 180}), 0, 360, color, cv::FILLED, cv::LINE_AA);
        break;
      default:
        cv::line(out, at, at + cv::Point(half.width, -half.height), color, random.integer(1, 6), cv::LINE_AA);
    }
  }
  cv::GaussianBlur(out, out, {}, random.uniform({0.5, 4}));
  return out;
}

// A part of the image, as large as it fits and of the wanted shape.
cv::Mat part_of(const cv::Mat& image, Random& random, cv::Size size) {
  const double fit = std::min(static_cast<double>(image.cols) / size.width, static_cast<double>(image.rows) / size.height);
  const double scale = fit * random.uniform({0.5, 1});
  const cv::Size taken(std::clamp(cvRound(scale * size.width), 1, image.cols), std::clamp(cvRound(scale * size.height), 1, image.rows));
  const cv::Point corner(random.integer(0, image.cols - taken.width), random.integer(0, image.rows - taken.height));
  cv::Mat out;
  cv::resize(image(cv::Rect(corner, taken)), out, size, 0, 0, scale > 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

double brightness(const cv::Scalar& color) { return 0.114 * color[0] + 0.587 * color[1] + 0.299 * color[2]; }

// A colour that can be read on what is there.
cv::Scalar readable_color(Random& random, const cv::Mat& page, const Polygon& outline) {
  const auto bounds = pixel_bounds(outline) & cv::Rect({}, page.size());
  const auto behind = bounds.empty() ? cv::Scalar::all(128) : cv::mean(page(bounds));
  for (int tries = 0; tries < 20; ++tries)
    if (const auto color = any_color(random); std::abs(brightness(color) - brightness(behind)) > 80) return color;
  return brightness(behind) > 128 ? cv::Scalar::all(0) : cv::Scalar::all(255);
}

void paint(cv::Mat& page, const detail::BentWord& word, Random& random) {
  const auto color = readable_color(random, page, word.outline());
  word.draw(page, color, random.uniform({0.8, 1}));
}

std::vector<cv::Point> whole_pixels(const Polygon& polygon) {
  std::vector<cv::Point> out;
  for (const Point& p : polygon) out.emplace_back(cvRound(p.x), cvRound(p.y));
  return out;
}

}  // namespace

struct SyntheticText::Parts {
  SyntheticTextOptions options;
  std::vector<detail::Typeface> typefaces;
  std::vector<cv::Mat> backgrounds;

  explicit Parts(SyntheticTextOptions given) : options(std::move(given)) {
    check();
    if (options.strokes && !options.fonts.empty()) throw bad("strokes", "no fonts with them", std::to_string(options.fonts.size()));
    const auto fonts = options.strokes || !options.fonts.empty() ? options.fonts : system_fonts();
    for (const auto& font : fonts) typefaces.emplace_back(font);
    if (fonts.empty()) {
      for (const auto& word : options.words)
        if (std::ranges::any_of(word, [](char c) { return static_cast<unsigned char>(c) > 126; }))
          throw bad("fonts", "a font, as " + detail::quoted(word) + " is not ASCII", "none");
      for (int strokes = 0; strokes < 4; ++strokes) typefaces.emplace_back(strokes);
    }
    for (const auto& file : options.backgrounds) backgrounds.push_back(read_image(file));
  }

  void check() const {
    if (std::min(options.size.width, options.size.height) < 32 || std::max(options.size.width, options.size.height) > 16384)
      throw bad("size", "sides of 32 to 16384 pixels", std::to_string(options.size.width) + " x " + std::to_string(options.size.height));
    augment::require_range("texts", options.texts, 0, 10000);
    augment::require_range("height", options.height, 6, 1024);
    augment::require_value("curved", options.curved, 0, 1);
    augment::require_range("rotation", options.rotation, -180, 180);
    augment::require_value("perspective", options.perspective, 0, 0.5);
    for (std::size_t i = 0; i < options.words.size(); ++i)
      if (options.words[i].find_first_not_of(' ') == std::string::npos || !utf8::valid(options.words[i]))
        throw bad("word " + std::to_string(i + 1), "letters in UTF-8",
                  options.words[i].empty() ? "nothing" : detail::quoted(options.words[i]));
  }

  cv::Mat background(Random& random, cv::Size size) const {
    cv::Mat out =
        backgrounds.empty()
            ? drawn_background(random, size)
            : part_of(backgrounds[static_cast<std::size_t>(random.integer(0, static_cast<int>(backgrounds.size()) - 1))], random, size);
    return out;
  }

  std::string text(Random& random) const { return options.words.empty() ? invented_text(random) : random.pick(std::span(options.words)); }

  // A word with its middle at (0, 0); nothing when none of it can be seen.
  std::optional<detail::Ribbon> ribbon(Random& random, const std::string& text) const {
    const auto& face = typefaces[static_cast<std::size_t>(random.integer(0, static_cast<int>(typefaces.size()) - 1))];
    const int height = random.integer(options.height);
    auto out = face.write(utf8::code_points(text), height, random.chance(0.3) ? random.uniform({0, 0.2}) * height : 0);
    if (out.mask.empty()) return {};
    return out;
  }

  // Bent, turned and in perspective, not yet anywhere.
  detail::Bend bend(Random& random, const detail::Ribbon& ribbon) const {
    detail::Bend out;
    const double width = ribbon.edges.back() - ribbon.edges.front(), height = ribbon.bottom - ribbon.top + 1;
    if (random.chance(options.curved)) {
      // By 0.4 to 2.4 radians in all; never tighter than the letters are high.
      const double radius = std::max(width / random.uniform({0.4, 2.4}), 1.5 * height);
      out.radius = random.chance(0.5) ? radius : -radius;
    }
    const double angle = random.uniform(options.rotation) * std::numbers::pi / 180;
    // 1 + p x is by how much things at x are nearer: the ends differ by `perspective` at most.
    const double p = options.perspective * random.uniform({-1, 1}) / std::max(width, 1.0);
    const double shear = options.perspective * random.uniform({-1, 1});
    const cv::Matx33d near(1, shear, 0, 0, 1, 0, p, 0, 1);
    const cv::Matx33d turn(std::cos(angle), -std::sin(angle), 0, std::sin(angle), std::cos(angle), 0, 0, 0, 1);
    out.to_page = turn * near;
    return out;
  }
};

SyntheticText::SyntheticText(SyntheticTextOptions options) : parts_(std::make_shared<const Parts>(std::move(options))) {}

SyntheticPage SyntheticText::page(std::uint64_t seed, std::int64_t index) const {
  constexpr int kTries = 20;
  Random random(seed, 0, index);
  const auto size = parts_->options.size;
  SyntheticPage out{parts_->background(random, size)};
  cv::Mat taken = cv::Mat::zeros(size, CV_8U);
  for (int n = random.integer(parts_->options.texts); n > 0; --n) {
    const auto text = parts_->text(random);
    const auto ribbon = parts_->ribbon(random, text);
    if (!ribbon) continue;
    const auto bend = parts_->bend(random, *ribbon);
    // As large as it is when it lies at (0, 0).
    const auto bounds = pixel_bounds(detail::BentWord(*ribbon, bend).outline());
    const cv::Point lowest = cv::Point(2, 2) - bounds.tl(), highest = cv::Point(size) - cv::Point(3, 3) - bounds.br();
    if (lowest.x > highest.x || lowest.y > highest.y) continue;
    for (int tries = 0; tries < kTries; ++tries) {
      const int x = random.integer(lowest.x, highest.x), y = random.integer(lowest.y, highest.y);
      detail::Bend here = bend;
      here.to_page = cv::Matx33d(1, 0, x, 0, 1, y, 0, 0, 1) * bend.to_page;
      const detail::BentWord word(*ribbon, here);
      const auto outline = word.outline();
      cv::Mat mark = cv::Mat::zeros(size, CV_8U);
      cv::fillPoly(mark, std::vector{whole_pixels(outline)}, 255);
      cv::dilate(mark, mark, cv::Mat::ones(7, 7, CV_8U));
      if (cv::countNonZero(mark & taken) > 0) continue;
      taken |= mark;
      paint(out.image, word, random);
      out.texts.push_back({.polygon = outline, .transcription = text});
      out.characters.push_back(word.characters());
      break;
    }
  }
  if (random.chance(0.5)) cv::GaussianBlur(out.image, out.image, {}, random.uniform({0.3, 1}));
  add_noise(out.image, random, random.uniform({0, 12}));
  return out;
}

augment::Word SyntheticText::word(std::uint64_t seed, std::int64_t index) const {
  // Numbers of their own: a page and a word of one index have nothing in common.
  Random random(seed, 1, index);
  for (int tries = 0; tries < 100; ++tries) {
    auto text = parts_->text(random);
    const auto ribbon = parts_->ribbon(random, text);
    if (!ribbon) continue;
    auto bend = parts_->bend(random, *ribbon);
    const auto bounds = pixel_bounds(detail::BentWord(*ribbon, bend).outline());
    const int margin = 1 + random.integer(0, std::max(2, bounds.height / 6));
    const cv::Size size(bounds.width + 2 * margin, bounds.height + 2 * margin);
    if (std::max(size.width, size.height) > augment::kLongestSide) continue;
    const cv::Point middle = cv::Point(margin, margin) - bounds.tl();
    bend.to_page = cv::Matx33d(1, 0, middle.x, 0, 1, middle.y, 0, 0, 1) * bend.to_page;
    cv::Mat image = parts_->background(random, size);
    paint(image, detail::BentWord(*ribbon, bend), random);
    if (random.chance(0.5)) cv::GaussianBlur(image, image, {}, random.uniform({0.3, 1}));
    add_noise(image, random, random.uniform({0, 12}));
    return {image, std::move(text)};
  }
  throw bad("fonts", "characters of the words", "fonts with none of them");
}

}  // namespace scriba::data
