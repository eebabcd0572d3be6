#include <scriba/metric/word_accuracy.hpp>

#include <doctest/doctest.h>

using namespace scriba;
using metric::Similarity, metric::WordAccuracy;

namespace {

metric::WordResult of(std::string_view truth, std::string_view read, metric::WordRule rule = {}) {
  return WordAccuracy(rule).add(truth, read).value();
}

}  // namespace

TEST_CASE("exact, whatever the case, and letters and digits alone") {
  const metric::WordRule exact, ignore_case{.folding = {.letters = LetterCase::lower}}, alphanumeric{.folding = kAlphanumericFolding};
  CHECK(of("It's", "It's", exact).right);
  CHECK_FALSE(of("It's", "it's", exact).right);
  CHECK(of("ÅNGSTRÖM", "ångström", ignore_case).right);
  CHECK_FALSE(of("It's", "its", ignore_case).right);
  CHECK(of("It's", "ITS", alphanumeric).right);
  CHECK(of("日本", "", alphanumeric).right);
  CHECK_FALSE(of("0O", "00", alphanumeric).right);
  CHECK(of("two words", "twowords", {.folding = {.drop_spaces = true}}).right);
}

TEST_CASE("the variants of 1-NED differ in what they divide by, and in empty texts") {
  const auto similarity = [](std::string_view truth, std::string_view read, Similarity how) {
    return of(truth, read, {.similarity = how}).similarity;
  };
  CHECK(similarity("sitting", "kitten", Similarity::longer) == doctest::Approx(4. / 7));
  CHECK(similarity("kitten", "sitting", Similarity::truth) == doctest::Approx(3. / 6));
  CHECK(similarity("a", "wxyz", Similarity::truth) == doctest::Approx(-3));
  CHECK(similarity("日本語", "日木語", Similarity::longer_or_zero) == doctest::Approx(2. / 3));
  for (const auto& [how, both, no_truth, no_reading] :
       {std::tuple{Similarity::longer, 1., 0., 0.}, std::tuple{Similarity::longer_or_zero, 0., 0., 0.},
        std::tuple{Similarity::truth, 1., 0., 0.}}) {
    CHECK(similarity("", "", how) == both);
    CHECK(similarity("", "ab", how) == no_truth);
    CHECK(similarity("ab", "", how) == no_reading);
  }
}

TEST_CASE("scores are sums over words, and parts add up") {
  WordAccuracy first, second;
  first.add("abcd", "abcd");
  first.add("abcd", "abcx");
  second.add("ab", "xy");
  CHECK(first.score().accuracy() == doctest::Approx(0.5));
  CHECK(first.score().ned() == doctest::Approx((1 + 0.75) / 2));
  auto all = first.score();
  all += second.score();
  CHECK(all.words == 3);
  CHECK(all.accuracy() == doctest::Approx(1. / 3));
  CHECK(all.ned() == doctest::Approx(1.75 / 3));
  CHECK(metric::WordScore().accuracy() == 0);
  CHECK(metric::WordScore().ned() == 0);
  CHECK_THROWS_AS(first.add("\xFF", "a"), Error);
}

TEST_CASE("words without a letter can be left out") {
  WordAccuracy kept({.folding = kAlphanumericFolding}), dropped({.folding = kAlphanumericFolding, .leave_out_empty = true});
  for (auto* accuracy : {&kept, &dropped}) {
    accuracy->add("---", "-");
    accuracy->add("a", "b");
  }
  CHECK(kept.score().words == 2);
  CHECK(kept.score().right == 1);
  CHECK(dropped.score().words == 1);
  CHECK(dropped.left_out() == 1);
  CHECK_FALSE(dropped.add("!", "!").has_value());
}

TEST_CASE("groups by length") {
  metric::WordGroups groups({3, 6});
  for (const auto* word : {"a", "abc", "abcd", "abcdef", "abcdefg"})
    groups.add(static_cast<std::int64_t>(utf8::count(word)), of(word, "abc"));
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].words == 2);
  CHECK(groups[0].right == 1);
  CHECK(groups[1].words == 2);
  CHECK(groups[2].words == 1);
  CHECK(groups.name(0) == "up to 3");
  CHECK(groups.name(1) == "4-6");
  CHECK(groups.name(2) == "7 or more");
  CHECK(metric::WordGroups({}).name(0) == "all");
  CHECK_THROWS_AS(metric::WordGroups({3, 3}), Error);
}
