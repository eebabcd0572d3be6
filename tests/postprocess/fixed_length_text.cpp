#include <scriba/postprocess/fixed_length_text.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <scriba/concepts.hpp>

using namespace scriba;

static_assert(PostProcessFor<postprocess::FixedLengthText, head::FixedLength>);
static_assert(!PostProcessFor<postprocess::FixedLengthText, head::Ctc>);

TEST_CASE("texts are read position by position") {
  const postprocess::FixedLengthText post({.alphabet = Alphabet::from_line("ab")});
  head::FixedLengthText text;
  text.probability = at::tensor({0.1, 0.8, 0.1, 0.2, 0.2, 0.6, 0.9, 0.05, 0.05,  // a b end
                                 0.5, 0.3, 0.2, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0})   // end
                         .reshape({2, 3, 3});
  const std::vector<cv::Size> sources(2);
  const auto read = post(text, sources);
  REQUIRE(read.size() == 2);
  CHECK(read[0].text == "ab");
  CHECK(read[0].score == doctest::Approx(0.7));
  CHECK(read[1].text.empty());
  // Logits serve as well.
  head::FixedLengthText logits;
  logits.logits = text.probability.log();
  CHECK(post(logits, sources)[0].text == "ab");
}

TEST_CASE("an alphabet of another size, and a batch of another size, are refused") {
  head::FixedLengthText text;
  text.probability = at::ones({1, 2, 3}) / 3;
  const std::vector<cv::Size> one(1), two(2);
  CHECK_THROWS_WITH_AS(postprocess::FixedLengthText({.alphabet = Alphabet::from_line("abc")})(text, one),
                       doctest::Contains("the alphabet does not fit"), Error);
  CHECK_THROWS_AS(postprocess::FixedLengthText({.alphabet = Alphabet::from_line("ab")})(text, two), Error);
}

TEST_CASE("NaN reads as something, and nothing fails") {
  head::FixedLengthText text;
  text.probability = at::full({1, 2, 3}, std::numeric_limits<double>::quiet_NaN());
  CHECK(postprocess::FixedLengthText({.alphabet = Alphabet::from_line("ab")})(text, std::vector<cv::Size>(1)).size() == 1);
}
