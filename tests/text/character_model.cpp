#include <scriba/text/character_model.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <random>

#include <scriba/core/write_file.hpp>
#include "io/temporary_folder.hpp"

using scriba::CharacterModel, scriba::Error;

namespace {

const std::vector<std::string> kLines{"abab", "abc", "b", "été", "日本"};

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("probabilities worked out by hand") {
  // After "a" came "b" twice, of 2; one kind. In all: a 2, b 2, end 1, of 5; three kinds. Known: a, b, end; unknown 1.
  const auto model = CharacterModel::train(std::vector<std::string>{"abab"}, {.order = 2});
  const double base = 1. / 4, b = (2 + 3 * base) / (5 + 3), end = (1 + 3 * base) / (5 + 3), unknown = 3 * base / (5 + 3);
  const auto after_a = model.next(0, U'a');
  CHECK(std::exp(model.log_probability(after_a, U'b')) == doctest::Approx((2 + b) / (2 + 1)));
  CHECK(std::exp(model.log_probability(after_a, CharacterModel::kEnd)) == doctest::Approx(end / 3));
  CHECK(std::exp(model.log_probability(after_a, U'x')) == doctest::Approx(unknown / 3));
  CHECK(std::exp(model.log_probability(0, U'b')) == doctest::Approx(b));
  // A line begins with "a".
  const double a = (2 + 3 * base) / (5 + 3);
  CHECK(std::exp(model.log_probability(model.start(), U'a')) == doctest::Approx((1 + a) / 2));
  CHECK(model.characters() == 3);
  CHECK(model.order() == 2);
}

TEST_CASE("probabilities of what may follow add up to 1, whatever came before") {
  for (const int order : {1, 2, 3, 6}) {
    const auto model = CharacterModel::train(kLines, {.order = order});
    for (const std::u32string history : {U"", U"a", U"ab", U"aba", U"zzz", U"été", U"日本日"}) {
      auto at = model.start();
      for (const char32_t c : history) at = model.next(at, c);
      double sum = 0;
      for (const char32_t c : {U'a', U'b', U'c', U'é', U't', U'日', U'本', CharacterModel::kEnd, U'?'})
        sum += std::exp(model.log_probability(at, c));
      CHECK(sum == doctest::Approx(1).epsilon(1e-12));
    }
  }
}

TEST_CASE("longer histories know more") {
  std::vector<std::string> lines(20, "the quick brown fox");
  const auto one = CharacterModel::train(lines, {.order = 1}), five = CharacterModel::train(lines, {.order = 5});
  CHECK(five.log_probability("the quick") > one.log_probability("the quick"));
  CHECK(five.log_probability("the") > five.log_probability("hte"));
  CHECK(std::isfinite(five.log_probability("日本\n\t")));
  CHECK_THROWS_AS(five.log_probability("\xFF"), Error);
}

TEST_CASE("a model that saw nothing leaves everything equal") {
  const CharacterModel model;
  CHECK(model.log_probability("any text") == 0);
  CHECK(CharacterModel::train({}).log_probability("any text") == 0);
}

TEST_CASE("options and lines that cannot be used") {
  CHECK_THROWS_AS(CharacterModel::train(kLines, {.order = 0}), Error);
  CHECK_THROWS_AS(CharacterModel::train(kLines, {.order = 17}), Error);
  CHECK_THROWS_WITH_AS(CharacterModel::train(std::vector<std::string>{"a", "\xC0"}), "text is not UTF-8: line 2", Error);
  CHECK_THROWS_WITH_AS(CharacterModel::train(kLines, {.order = 6, .max_ngrams = 10}), doctest::Contains("at most 10 n-grams"), Error);
}

TEST_CASE("saved, read again, the same; text files are trained from") {
  const TemporaryFolder folder;
  const auto model = CharacterModel::train(kLines, {.order = 4});
  model.save(folder / "model");
  const auto again = CharacterModel::from_file(folder / "model");
  CHECK(again.order() == 4);
  CHECK(again.ngrams() == model.ngrams());
  const auto text = CharacterModel::from_file(folder.file("lines.txt",
                                                          "\xEF\xBB\xBF"
                                                          "abab\r\nabc\n\nb\nété\n日本"),
                                              {.order = 4});
  for (const auto* line : {"abab", "", "xyz", "ab日", "bé"}) {
    CHECK(again.log_probability(line) == model.log_probability(line));
    CHECK(text.log_probability(line) == model.log_probability(line));
  }
  CHECK_THROWS_AS(CharacterModel::from_file(folder / "none"), Error);
  CHECK_THROWS_AS(CharacterModel::from_file(folder.file("empty", "\n\n")), Error);
  CHECK_THROWS_WITH_AS(CharacterModel::from_file(folder.file("bytes", "a\n\n\xFF\n")), doctest::Contains("line 3"), Error);
  CHECK_THROWS_AS(model.save(folder / "no/such/folder"), Error);
}

TEST_CASE("damaged files are refused or read, never more") {
  const TemporaryFolder folder;
  CharacterModel::train(kLines, {.order = 3}).save(folder / "model");
  const auto good = content(folder / "model");
  const auto head = good.find('\n') + 1;
  const auto path = folder / "damaged";
  const auto try_it = [&](const std::string& bytes) {
    scriba::write_file(path, bytes);
    try {
      const auto model = CharacterModel::from_file(path);
      CHECK_FALSE(std::isnan(model.log_probability("abab日")));
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  CHECK(try_it(good));
  for (std::size_t size = head; size < good.size(); ++size) CHECK_FALSE(try_it(good.substr(0, size)));
  CHECK_FALSE(try_it(good + "x"));
  std::mt19937 random(8);
  for (int round = 0; round < 500; ++round) {
    auto bytes = good;
    for (int i = 0; i < 3; ++i) bytes[head + random() % (bytes.size() - head)] = static_cast<char>(random());
    try_it(bytes);
  }
}
