// Text that runs up or down is read in the best of three directions.
#include "reader/word_crops.hpp"

using namespace scriba;

TEST_CASE("a word that runs up or down is read like one that stands upright, whatever is read with it") {
  if (golden::absent(word_crops::recognizer_file())) return;
  const cv::Mat upright = word_crops::drawn("Bakery");
  cv::Mat up, down;
  cv::rotate(upright, up, cv::ROTATE_90_COUNTERCLOCKWISE);
  cv::rotate(upright, down, cv::ROTATE_90_CLOCKWISE);
  REQUIRE(is_tall(up.size()));
  const std::vector<cv::Mat> crops{up, upright, down};

  auto options = word_crops::settings();
  const auto read = zoo::pp_ocr_recognizer(options).predict(crops);
  REQUIRE(read.size() == 3);
  for (const auto& transcript : read) CHECK(transcript.text == "Bakery");
  CHECK(read[0].quarter_turns == 3);
  CHECK(read[1].quarter_turns == 0);
  CHECK(read[2].quarter_turns == 1);

  options.line = LineInput{.tall_lines = TallLines::upright};
  const auto as_they_are = zoo::pp_ocr_recognizer(options).predict(crops);
  CHECK(as_they_are[0].text != "Bakery");
  CHECK(as_they_are[1].text == "Bakery");
  CHECK(as_they_are[2].quarter_turns == 0);
}

TEST_CASE("a single tall letter stays upright") {
  if (golden::absent(word_crops::recognizer_file())) return;
  const cv::Mat letter = word_crops::drawn("I");
  const cv::Mat tall = letter.colRange(letter.cols / 2 - letter.rows / 4, letter.cols / 2 + letter.rows / 4);
  REQUIRE(is_tall(tall.size()));
  const auto read = zoo::pp_ocr_recognizer(word_crops::settings()).predict({&tall, 1});
  CHECK(read.at(0).quarter_turns == 0);
}
