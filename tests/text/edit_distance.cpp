#include <scriba/text/edit_distance.hpp>

#include <doctest/doctest.h>

#include <random>

using scriba::edit_distance;

TEST_CASE("the distance counts insertions, deletions and replacements of code points") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "中文") == 2);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("日本語", "日木語") == 1);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK_THROWS_AS(edit_distance("\xFF", "a"), scriba::Error);
}

TEST_CASE("similarity is 1 for equal texts, 0 for wholly different ones") {
  CHECK(scriba::text_similarity("", "") == 1);
  CHECK(scriba::text_similarity("abc", "") == 0);
  CHECK(scriba::text_similarity("abcd", "abcf") == doctest::Approx(0.75));
  CHECK(scriba::text_similarity("中", "文字") == 0);
}

TEST_CASE("the distance is a metric") {
  std::mt19937 random(3);
  const auto word = [&] {
    std::string out(random() % 7, 'a');
    for (char& c : out) c = static_cast<char>('a' + random() % 3);
    return out;
  };
  for (int i = 0; i < 2000; ++i) {
    const auto a = word(), b = word(), c = word();
    CHECK(edit_distance(a, b) == edit_distance(b, a));
    CHECK((edit_distance(a, b) == 0) == (a == b));
    CHECK(edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c));
  }
}
