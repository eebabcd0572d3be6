#include <scriba/image/normalize.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

TEST_CASE("planes in the stated order, each value (x / 255 - mean) / std") {
  using scriba::ChannelOrder;
  cv::Mat image(37, 700, CV_8UC3);
  cv::randu(image, 0, 256);
  for (const auto order : {ChannelOrder::bgr, ChannelOrder::rgb}) {
    const auto how = scriba::imagenet_normalization(order);
    const std::int64_t row = 720, plane = row * 40;  // into a larger canvas
    std::vector<float> out(static_cast<std::size_t>(3 * plane), 99.f);
    scriba::normalize_into(image, how, out.data(), row, plane);
    double worst = 0;
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < image.rows; ++y)
        for (int x = 0; x < image.cols; ++x) {
          const auto i = static_cast<std::size_t>(c);
          const double value = image.at<cv::Vec3b>(y, x)[order == ChannelOrder::bgr ? c : 2 - c] / 255.0;
          worst = std::max(worst, std::abs(out[static_cast<std::size_t>(c * plane + y * row + x)] - (value - how.mean[i]) / how.std[i]));
        }
    CHECK(worst < 1e-6);
    CHECK(out[700] == 99.f);                                 // right of the image
    CHECK(out[static_cast<std::size_t>(37 * row)] == 99.f);  // below it
  }
}

TEST_CASE("pixels one after the other have the values of the planes") {
  using scriba::ChannelOrder;
  cv::Mat image(11, 23, CV_8UC3);
  cv::randu(image, 0, 256);
  const cv::Mat part = image(cv::Rect(2, 1, 20, 9));
  for (const auto order : {ChannelOrder::bgr, ChannelOrder::rgb}) {
    const auto how = scriba::imagenet_normalization(order);
    std::vector<float> planes(3 * 180), pixels(3 * 180);
    scriba::normalize_into(part, how, planes.data(), 20, 180);
    scriba::normalize_pixels_into(part, how, pixels.data());
    double worst = 0;
    for (std::size_t i = 0; i < 180; ++i)
      for (std::size_t c = 0; c < 3; ++c) worst = std::max(worst, static_cast<double>(std::abs(pixels[3 * i + c] - planes[180 * c + i])));
    CHECK(worst < 1e-6);
  }
  std::vector<float> out(1000);
  CHECK_THROWS_AS(scriba::normalize_pixels_into(cv::Mat(2, 2, CV_8UC1), {}, out.data()), scriba::Error);
}

TEST_CASE("one wide row and one tall column") {
  for (const auto size : {cv::Size(50000, 1), cv::Size(1, 50000), cv::Size(1, 1)}) {
    cv::Mat image(size, CV_8UC3, cv::Scalar(0, 128, 255));
    std::vector<float> out(static_cast<std::size_t>(3 * size.area()));
    scriba::normalize_into(image, {}, out.data(), size.width, size.area());
    CHECK(out.front() == -1.f);
    CHECK(out.back() == doctest::Approx(1.f));
  }
}

TEST_CASE("grey planes come from grey or colour images; parts of images are fine") {
  cv::Mat grey(20, 30, CV_8UC1);
  cv::randu(grey, 0, 256);
  std::vector<float> out(50);
  scriba::normalize_into(grey(cv::Rect(5, 5, 10, 5)), {.order = scriba::ChannelOrder::grey}, out.data(), 10, 50);
  CHECK(out[11] == doctest::Approx(grey.at<unsigned char>(6, 6) / 127.5 - 1));
}

TEST_CASE("other pixels and short rows are refused") {
  std::vector<float> out(1000);
  CHECK_THROWS_AS(scriba::normalize_into(cv::Mat(2, 2, CV_8UC1), {}, out.data(), 2, 4), scriba::Error);
  CHECK_THROWS_AS(scriba::normalize_into(cv::Mat(2, 2, CV_32FC3), {}, out.data(), 2, 4), scriba::Error);
  CHECK_THROWS_AS(scriba::normalize_into(cv::Mat(2, 2, CV_8UC3), {}, out.data(), 1, 4), scriba::Error);
}
