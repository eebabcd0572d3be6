#include <scriba/augment/recipe.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
#include <thread>

#include <scriba/augment/canvas.hpp>
#include <scriba/augment/noise.hpp>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

using PagePolicy = std::function<void(Page&, Random&)>;
using WordPolicy = std::function<void(Word&, Random&)>;

const cv::Size kSize(96, 64);

// Recipes and policies that end in a fixed size.
const std::map<std::string, PagePolicy> kPages{
    {"pages", recipe::pages(kSize)}, {"db", recipe::db(kSize)},
    {"pse", recipe::pse(kSize)},     {"pan", recipe::pan(kSize)},
    {"sast", recipe::sast(kSize)},   {"canvas", Chain{Perspective{}, FitCanvas{.size = kSize}, GaussianNoise{}, SaltAndPepper{}}}};

const std::map<std::string, WordPolicy> kWords{{"words", recipe::words()},
                                               {"with backgrounds", recipe::words({marked::noisy({200, 100}).image})},
                                               {"photographed", recipe::photographed_words()},
                                               {"others", Chain{Bend{}, Stretch{}, OneOf{Dilation{}, Erosion{}}, JpegArtifacts{}}}};

Page photo(int i) {
  Page page = marked::noisy({200 + 30 * i, 150});
  page.texts.push_back({.polygon = {{20, 100}, {60, 105}, {60, 120}, {20, 115}}, .transcription = "second"});
  page.texts.push_back(
      {.polygon = {{150, 20}, {170, 25}, {190, 20}, {190, 35}, {170, 40}, {150, 35}}, .transcription = "third", .ignore = true});
  return page;
}

struct Sample {
  cv::Mat image;
  std::vector<target::TextAnnotation> texts;
};

bool same(const Sample& a, const Sample& b) {
  return marked::same(a.image, b.image) &&
         std::equal(a.texts.begin(), a.texts.end(), b.texts.begin(), b.texts.end(), [](const auto& s, const auto& t) {
           return s.polygon == t.polygon && s.transcription == t.transcription && s.ignore == t.ignore;
         });
}

Sample page_sample(const PagePolicy& policy, int i) {
  Page page = photo(i);
  Random random(17, 3, i);
  policy(page, random);
  return {page.image, page.texts};
}

Sample word_sample(const WordPolicy& policy, int i) {
  Word word{.image = marked::noisy({60 + i, 32}).image, .text = "word"};
  Random random(17, 3, i);
  policy(word, random);
  return {word.image, {}};
}

// `make(i)` for 0 .. n - 1, dealt to threads backwards.
template <class Make>
std::vector<Sample> by_threads(int count, int n, const Make& make) {
  std::vector<Sample> out(static_cast<std::size_t>(n));
  std::vector<std::jthread> threads;
  for (int t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      for (int i = n - 1 - t; i >= 0; i -= count) out[static_cast<std::size_t>(i)] = make(i);
    });
  threads.clear();
  return out;
}

template <class Make>
void check_threads(const Make& make) {
  constexpr int n = 12;
  std::vector<Sample> alone;
  for (int i = 0; i < n; ++i) alone.push_back(make(i));
  for (const int count : {1, 4}) {
    const auto together = by_threads(count, n, make);
    for (std::size_t i = 0; i < n; ++i) CHECK(same(together[i], alone[i]));
  }
}

}  // namespace

TEST_CASE("threads and the order of samples do not change a byte") {
  for (const auto& [name, policy] : kPages) {
    INFO(name);
    check_threads([&](int i) { return page_sample(policy, i); });
    CHECK_FALSE(same(page_sample(policy, 0), page_sample(policy, 1)));
  }
  for (const auto& [name, policy] : kWords) {
    INFO(name);
    check_threads([&](int i) { return word_sample(policy, i); });
  }
}

TEST_CASE("every text is inside or ignored, whatever happens to the page, and none comes from nowhere") {
  for (const auto& [name, policy] : kPages)
    for (int i = 0; i < 30; ++i) {
      INFO(name, " ", i);
      Page page = photo(i % 5);
      const auto given = page.texts.size();
      Random random(5, 0, i);
      policy(page, random);
      REQUIRE(page.image.size() == kSize);
      CHECK(page.image.type() == CV_8UC3);
      // Chains crop more than once, so a text may have been cut before it was left out.
      CHECK(page.texts.size() + static_cast<std::size_t>(page.losses.outside) == given);
      for (const auto& text : page.texts) {
        const double share = share_inside(text.polygon, kSize);
        CHECK(share > 0);
        CHECK((text.ignore || share >= 0.5));
        CHECK(signed_area(text.polygon) > 0);
        CHECK((text.transcription != "third" || (text.ignore && text.polygon.size() == 6)));
      }
    }
}

TEST_CASE("images that were given stay as they are") {
  for (const auto& [name, policy] : kPages) {
    INFO(name);
    const Page given = photo(1);
    for (int i = 0; i < 10; ++i) {
      Page page = given;
      Random random(1, 0, i);
      policy(page, random);
    }
    CHECK(marked::same(given.image, photo(1).image));
  }
  for (const auto& [name, policy] : kWords) {
    INFO(name);
    const Word given{.image = marked::noisy({70, 32}).image};
    for (int i = 0; i < 40; ++i) {
      Word word = given;
      Random random(1, 0, i);
      policy(word, random);
    }
    CHECK(marked::same(given.image, marked::noisy({70, 32}).image));
  }
}

TEST_CASE("broken labels break nothing and stay in the books") {
  const float nan = NAN, far = 1e30f;
  for (const auto& [name, policy] : kPages)
    for (int i = 0; i < 20; ++i) {
      INFO(name, " ", i);
      Page page = photo(0);
      for (const Polygon& polygon : {Polygon{},
                                     {{5, 5}},
                                     {{nan, nan}, {nan, 5}, {6, 7}},
                                     {{-far, -far}, {far, -far}, {far, far}, {-far, far}},
                                     {{far, 5}, {far, 9}, {8, 9}},
                                     {{10, 10}, {50, 30}, {50, 10}, {10, 30}},
                                     {{20, 20}, {40, 20}, {60, 20}}})
        page.texts.push_back({.polygon = polygon, .transcription = "broken"});
      const auto given = page.texts.size();
      Random random(6, 0, i);
      policy(page, random);
      CHECK(page.image.size() == kSize);
      CHECK(page.texts.size() + static_cast<std::size_t>(page.losses.outside) == given);
    }
}

TEST_CASE("pages and words of any shape, with nothing on them") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 2000), cv::Size(2000, 1), cv::Size(9, 7)}) {
    for (const auto& [name, policy] : kPages)
      for (int i = 0; i < 4; ++i) {
        INFO(name);
        Page page{.image = marked::noisy(size).image};
        Random random(1, 0, i);
        policy(page, random);
        CHECK(page.image.size() == kSize);
        CHECK(page.texts.empty());
      }
    for (const auto& [name, policy] : kWords)
      for (int i = 0; i < 30; ++i)
        for (const int channels : {1, 3}) {
          INFO(name);
          Word word{.image = marked::noisy(size).image};
          if (channels == 1) word.image = word.image.reshape(1).colRange(0, size.width).clone();
          Random random(1, 0, i);
          policy(word, random);
          CHECK_FALSE(word.image.empty());
          CHECK(word.image.channels() == channels);
        }
  }
}
