#include <scriba/augment/policy.hpp>

#include <doctest/doctest.h>

#include <functional>

using namespace scriba;
using namespace scriba::augment;

namespace {

struct Brighten {
  void operator()(cv::Mat& image, Random&) const {
    cv::Mat out = image + cv::Scalar::all(1);
    image = out;
  }
};
struct AddText {
  void operator()(Page& page, Random&) const { page.texts.emplace_back(); }
};
struct Spell {
  const char* letter = "a";
  void operator()(Word& word, Random&) const { word.text += letter; }
};
struct NoPolicy {};

static_assert(ImageAugmentation<Brighten> && PageAugmentation<Brighten> && WordAugmentation<Brighten>);
static_assert(PageAugmentation<AddText> && !ImageAugmentation<AddText> && !WordAugmentation<AddText>);
static_assert(WordAugmentation<Spell> && !PageAugmentation<Spell>);
static_assert(!PageAugmentation<NoPolicy> && !WordAugmentation<NoPolicy>);
// What is composed is what all of its parts are.
static_assert(PageAugmentation<Chain<Brighten, AddText>> && !WordAugmentation<Chain<Brighten, AddText>>);
static_assert(WordAugmentation<Chain<Brighten, Maybe<Spell>>> && !PageAugmentation<OneOf<Brighten, Spell>>);
static_assert(ImageAugmentation<Chain<Brighten, OneOf<Brighten, Brighten>>>);
static_assert(PageAugmentation<std::function<void(Page&, Random&)>>);

Page blank() { return {.image = cv::Mat(2, 2, CV_8UC3, cv::Scalar::all(0))}; }

}  // namespace

TEST_CASE("a chain applies its policies in order, to pages, words and images") {
  Random random(1);
  Page page = blank();
  apply(Chain{Brighten{}, AddText{}, Brighten{}}, page, random);
  CHECK(page.image.at<cv::Vec3b>(0, 0)[0] == 2);
  CHECK(page.texts.size() == 1);
  Word word{.image = blank().image};
  apply(Chain{Spell{"a"}, Chain{Spell{"b"}, Brighten{}}, Spell{"c"}}, word, random);
  CHECK(word.text == "abc");
  CHECK(word.image.at<cv::Vec3b>(1, 1)[2] == 1);
  cv::Mat image = blank().image;
  apply(Chain{Brighten{}}, image, random);
  CHECK(image.at<cv::Vec3b>(1, 1)[2] == 1);
  Page untouched = blank();
  Chain{}(untouched, random);
  CHECK(untouched.texts.empty());
}

TEST_CASE("maybe: never, always, as often as asked") {
  const auto times = [](double probability) {
    Page page = blank();
    for (int i = 0; i < 1000; ++i) {
      Random random(1, 0, i);
      Maybe{probability, AddText{}}(page, random);
    }
    return page.texts.size();
  };
  CHECK(times(0) == 0);
  CHECK(times(1) == 1000);
  CHECK(times(0.3) > 250);
  CHECK(times(0.3) < 350);
  CHECK_THROWS_AS(times(1.1), Error);
}

TEST_CASE("one of several: exactly one, each as often") {
  Word word{.image = blank().image};
  for (int i = 0; i < 3000; ++i) {
    Random random(1, 0, i);
    OneOf{Spell{"a"}, Spell{"b"}, Spell{"c"}}(word, random);
  }
  REQUIRE(word.text.size() == 3000);
  for (const char letter : {'a', 'b', 'c'}) CHECK(std::abs(std::count(word.text.begin(), word.text.end(), letter) - 1000) < 100);
}

TEST_CASE("a function made at run time is a policy") {
  std::function<void(Page&, Random&)> policy = AddText{};
  policy = Chain{policy, AddText{}};
  Page page = blank();
  Random random(1);
  apply(policy, page, random);
  CHECK(page.texts.size() == 2);
}
