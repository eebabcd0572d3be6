#include <doctest/doctest.h>

#include <opencv2/imgcodecs.hpp>

#include <thread>
#include <vector>

#include <scriba/data/image_cache.hpp>
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"

using namespace scriba;

TEST_CASE("images are decoded once, as long as they fit") {
  const TemporaryFolder folder;
  for (int i = 0; i < 3; ++i) cv::imwrite((folder / std::to_string(i)).string() + ".png", cv::Mat(10, 10, CV_8UC3, cv::Scalar::all(i)));
  data::ImageCache cache(2 * 300);
  const auto first = cache.read(folder / "0.png");
  CHECK(cache.read(folder / "0.png").data == first.data);
  cache.read(folder / "1.png");
  const auto third = cache.read(folder / "2.png");
  CHECK(third.at<cv::Vec3b>(0, 0)[0] == 2);
  CHECK(cache.read(folder / "2.png").data != third.data);  // no room
  CHECK(cache.size() == 2);
  CHECK(cache.read(folder / "1.png").at<cv::Vec3b>(9, 9)[2] == 1);

  data::ImageCache none(0);
  CHECK(none.read(folder / "0.png").data != none.read(folder / "0.png").data);
  CHECK(none.size() == 0);
  CHECK(message([&] { cache.read(folder / "missing.png"); }).find("missing.png") != std::string::npos);
}

TEST_CASE("threads share decoded images") {
  const TemporaryFolder folder;
  for (int i = 0; i < 4; ++i) cv::imwrite((folder / std::to_string(i)).string() + ".png", cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(i)));
  data::ImageCache cache(1 << 20);
  std::vector<int> wrong(4);
  {
    std::vector<std::jthread> threads;
    for (auto& count : wrong)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i)
          count += cache.read(folder / (std::to_string(i % 4) + ".png")).at<cv::Vec3b>(3, 3)[1] == i % 4 ? 0 : 1;
      });
  }
  for (const int count : wrong) CHECK(count == 0);
  CHECK(cache.size() == 4);
}
