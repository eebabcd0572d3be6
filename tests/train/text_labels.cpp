#include <scriba/train/text_labels.hpp>

#include <doctest/doctest.h>

using namespace scriba;
using train::TextReport;
using train::UnknownInText;

namespace {

using Labels = std::vector<std::int64_t>;

Labels labels(std::string_view text, UnknownInText unknown, TextReport& report, std::int64_t replacement = -1) {
  return train::text_labels(text, Alphabet::from_line("abc"), unknown, replacement, report);
}

}  // namespace

TEST_CASE("each policy for unknown characters does what it says, and all count") {
  TextReport report;
  CHECK(labels("cab", UnknownInText::leave_out, report) == Labels{3, 1, 2});
  CHECK(labels("aéxb", UnknownInText::leave_out, report).empty());
  CHECK(report == TextReport{.texts = 2, .unknown_characters = 2, .unknown = 1});
  CHECK(labels("aéxb", UnknownInText::skip, report) == Labels{1, 2});
  CHECK(labels("aéxb", UnknownInText::replace, report, 3) == Labels{1, 3, 3, 2});
  CHECK(report == TextReport{.texts = 4, .unknown_characters = 6, .unknown = 1});
  CHECK_THROWS_WITH_AS(labels("aéxb", UnknownInText::error, report), doctest::Contains("é"), Error);
  CHECK_THROWS_AS(labels("ab", UnknownInText::replace, report, 0), Error);  // the blank is no character
}

TEST_CASE("texts without a character, and bytes that are no text") {
  TextReport report;
  CHECK(labels("", UnknownInText::leave_out, report).empty());
  CHECK(labels("xyz", UnknownInText::skip, report).empty());
  CHECK(labels("a\xff", UnknownInText::leave_out, report).empty());
  CHECK(report == TextReport{.texts = 3, .unknown_characters = 3, .not_utf8 = 1, .empty = 2});
  CHECK(report.unusable() == 3);
  CHECK_THROWS_AS(labels("a\xff", UnknownInText::error, report), Error);
}

TEST_CASE("reports add up and say what there is to say") {
  TextReport report{.texts = 4, .unknown = 1};
  report += {.texts = 3, .unknown = 2, .too_long = 1};
  CHECK(report == TextReport{.texts = 7, .unknown = 3, .too_long = 1});
  CHECK(report.line() == "7 texts, 3 left out for them, 1 too long");
  CHECK(TextReport{}.line() == "0 texts");
}
