#include <scriba/train/renormalize.hpp>

#include <scriba/train/page_batches.hpp>

#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("a batch normalised anew is the one of the image normalised so at once") {
  cv::Mat image(7, 9, CV_8UC3);
  cv::randu(image, cv::Scalar::all(0), cv::Scalar::all(256));
  const augment::Page page{image, {}};
  const auto batch = [&](const Normalization& how) { return train::image_batch({&page, 1}, how); };
  const Normalization own{.mean = {0.1, 0.2, 0.3}, .std = {0.5, 1, 2}, .order = ChannelOrder::rgb};
  for (const auto& from : {imagenet_normalization(), own, Normalization{}})
    for (const auto& to : {imagenet_normalization(), imagenet_normalization(ChannelOrder::rgb), own})
      CHECK((train::renormalized(batch(from), from, to) - batch(to)).abs().max().item<double>() < 1e-5);
  CHECK(torch::equal(train::renormalized(batch(own), own, own), batch(own)));
  CHECK_THROWS_WITH_AS(train::renormalized(batch(own), own, {.order = ChannelOrder::grey}), doctest::Contains("grey"), Error);
}
