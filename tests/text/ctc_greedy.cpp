#include <scriba/text/ctc_greedy.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace ctc = scriba::ctc;
using scriba::Alphabet;

namespace {
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("greedy decoding collapses repeats and drops blanks; each character knows its frames") {
  const auto alphabet = Alphabet::from_line("ab");
  const std::vector<ctc::Best> best{{0, .9f}, {1, .5f}, {1, .9f}, {0, .8f}, {1, .7f}, {2, .6f}};
  const auto read = ctc::greedy(best, alphabet);
  CHECK(read.text == "aab");
  REQUIRE(read.characters.size() == 3);
  CHECK(read.characters[0].first_frame == 1);
  CHECK(read.characters[0].last_frame == 2);
  CHECK(read.characters[0].confidence == .5f);  // the first frame of the run counts, not the surest
  CHECK(read.characters[2].text == "b");
  CHECK(read.score == doctest::Approx(0.6));
  CHECK(ctc::greedy(best, alphabet, {.score = ctc::Score::product}).score == doctest::Approx(0.5 * 0.7 * 0.6));
  CHECK(ctc::greedy(best, alphabet, {.score = ctc::Score::minimum}).score == doctest::Approx(0.5));
  CHECK(ctc::raw_text(best, alphabet) == "-aa-ab");
}

TEST_CASE("a blank that is the last class") {
  const auto alphabet = Alphabet::from_line("ab", false, scriba::BlankClass::last);
  const std::vector<ctc::Best> best{{2, 1}, {0, 1}, {0, 1}, {2, 1}, {0, 1}, {1, 1}};
  CHECK(ctc::greedy(best, alphabet).text == "aab");
  CHECK(ctc::raw_text(best, alphabet) == "-aa-ab");
}

TEST_CASE("nothing to read: no frames, only blanks") {
  const auto alphabet = Alphabet::from_line("ab");
  CHECK(ctc::greedy({}, alphabet).text.empty());
  const auto blank = ctc::greedy(std::vector<ctc::Best>{{0, 1}, {0, 1}}, alphabet);
  CHECK(blank.text.empty());
  CHECK(blank.score == 0);
  CHECK(ctc::best_path(ctc::Frames<float>{nullptr, 0, 3, 3}).empty());
}

TEST_CASE("rounding to five decimals") {
  const std::vector<ctc::Best> best{{1, .123456f}, {2, .654321f}};
  const auto read = ctc::greedy(best, Alphabet::from_line("ab"), {.five_decimals = true});
  CHECK(read.characters[0].confidence == .12346f);
  CHECK(read.score == .38889f);
}

TEST_CASE("the first of equal classes wins; NaN never does; infinite logits are certain") {
  const std::vector<double> equal{.2, .4, .4, 0}, none(4, kNan), some{kNan, .1, kNan, .3};
  const auto best = [](const std::vector<double>& row, ctc::Values kind) {
    return ctc::best_path(ctc::Frames<double>{row.data(), 1, 4, 4, kind})[0];
  };
  CHECK(best(equal, ctc::Values::probability).class_index == 1);
  CHECK(best(none, ctc::Values::probability).class_index == 0);
  CHECK(best(none, ctc::Values::logit).probability == 0);
  CHECK(best(some, ctc::Values::logit).class_index == 3);
  CHECK(std::isfinite(best(some, ctc::Values::logit).probability));
  CHECK(best({0, 1, std::numeric_limits<double>::infinity(), 2}, ctc::Values::logit).probability == 1);
}

TEST_CASE("rows may be further apart than their classes") {
  const std::vector<float> padded{.1f, .9f, 7.f, .8f, .2f, 7.f};
  const auto best = ctc::best_path(ctc::Frames<float>{padded.data(), 2, 2, 3});
  CHECK(best[0].class_index == 1);
  CHECK(best[1].class_index == 0);
  CHECK_THROWS_AS(ctc::best_path(ctc::Frames<float>{padded.data(), 2, 3, 2}), scriba::Error);
  CHECK_THROWS_AS(ctc::best_path(ctc::Frames<float>{padded.data(), 2, 0, 3}), scriba::Error);
  CHECK_THROWS_AS(ctc::greedy(ctc::Frames<float>{padded.data(), 2, 2, 3}, Alphabet::from_line("abc")), scriba::Error);
}
