#include <scriba/image/draw_words.hpp>

#include <doctest/doctest.h>

using scriba::draw_words, scriba::DrawnWord;

TEST_CASE("each crop has a row with its text; doubtful scores are red") {
  const cv::Mat blue(20, 60, CV_8UC3, cv::Scalar(255, 0, 0));
  const std::vector<DrawnWord> words{{blue, "sure", 0.99f}, {blue, "doubtful", 0.2f}};
  const cv::Mat sheet = draw_words(words);
  CHECK(sheet.rows == 2 * 56);
  CHECK(sheet.at<cv::Vec3b>(28, 10) == cv::Vec3b(255, 0, 0));
  CHECK(sheet.at<cv::Vec3b>(56 + 28, 10) == cv::Vec3b(255, 0, 0));
  const auto has = [&](int row, auto&& color) {
    for (int y = row * 56; y < row * 56 + 56; ++y)
      for (int x = 150; x < sheet.cols; ++x)
        if (color(sheet.at<cv::Vec3b>(y, x))) return true;
    return false;
  };
  const auto red = [](const cv::Vec3b& c) { return c[2] > 150 && c[1] < 80; };
  const auto green = [](const cv::Vec3b& c) { return c[1] > 120 && c[2] < 80; };
  CHECK(has(0, green));
  CHECK_FALSE(has(0, red));
  CHECK(has(1, red));
  CHECK(draw_words(words, 0.8f, 1).rows == 56);
}

TEST_CASE("extreme crops, long texts and no words") {
  const cv::Mat thin(1, 3000, CV_8UC3, cv::Scalar::all(7)), tall(3000, 1, CV_8UC3, cv::Scalar::all(7));
  const cv::Mat sheet = draw_words(std::vector<DrawnWord>{{thin, std::string(500, 'x'), 1}, {tall, "", 0}, {tall, "日本", 1}});
  CHECK(sheet.cols < 2000);
  CHECK(draw_words({}).rows == 1);
  CHECK_THROWS_AS(draw_words(std::vector<DrawnWord>{{cv::Mat(), "x", 1}}), scriba::Error);
  CHECK_THROWS_AS(draw_words(std::vector<DrawnWord>{{cv::Mat(2, 2, CV_8UC1), "x", 1}}), scriba::Error);
}

TEST_CASE("a misread word: the crop, the truth in green over the reading in red") {
  const cv::Mat blue(20, 60, CV_8UC3, cv::Scalar(255, 0, 0));
  const cv::Mat picture = scriba::draw_misreading(blue, "CREATE", "CREALE");
  CHECK(picture.rows == 64);
  CHECK(picture.at<cv::Vec3b>(32, 100) == cv::Vec3b(255, 0, 0));
  const auto count = [&](int from, auto&& color) {
    int sum = 0;
    for (int y = from; y < from + 32; ++y)
      for (int x = 192; x < picture.cols; ++x) sum += color(picture.at<cv::Vec3b>(y, x)) ? 1 : 0;
    return sum;
  };
  const auto green = [](const cv::Vec3b& c) { return c[1] > 120 && c[2] < 80; };
  const auto red = [](const cv::Vec3b& c) { return c[2] > 150 && c[1] < 80; };
  CHECK(count(0, green) > 20);
  CHECK(count(0, red) == 0);
  CHECK(count(32, red) > 20);
  CHECK(count(32, green) == 0);
  // Nothing read, a crop of one pixel, and far too much text.
  CHECK(scriba::draw_misreading(cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(7)), "x", "").rows == 64);
  CHECK(scriba::draw_misreading(cv::Mat(1, 3000, CV_8UC3, cv::Scalar::all(7)), std::string(500, 'x'), "\xff").cols < 2000);
  CHECK_THROWS_AS(scriba::draw_misreading(cv::Mat(), "x", "y"), scriba::Error);
}
