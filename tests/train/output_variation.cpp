#include <scriba/train/output_variation.hpp>

#include <doctest/doctest.h>

#include <torch/torch.h>

#include <scriba/head/db.hpp>

using namespace scriba;

TEST_CASE("map_deviation looks at the first channel of the first map, over the whole batch") {
  head::DbMaps maps;
  CHECK(train::map_deviation(maps).item<float>() == 0);
  maps.shrink = at::full({2, 1, 4, 4}, 0.3);
  CHECK(train::map_deviation(maps).item<float>() == doctest::Approx(0));
  maps.shrink[1].fill_(0.5);  // each image for itself is flat
  CHECK(train::map_deviation(maps).item<float>() == doctest::Approx(0.1 * std::sqrt(32. / 31)));
  auto live = at::rand({1, 3, 4, 4}).requires_grad_();
  maps.shrink = live * 2;
  CHECK(train::map_deviation(maps).item<float>() == doctest::Approx(maps.shrink.select(1, 0).std().item<float>()));
  CHECK_FALSE(train::map_deviation(maps).requires_grad());
}

TEST_CASE("character_share counts frames that show no blank") {
  auto scores = at::zeros({2, 3, 4});
  scores.select(2, 0).fill_(1);
  CHECK(train::character_share(scores, 0).item<float>() == 0);
  scores[0][1][3] = 2;
  scores[1][2][1] = 2;
  CHECK(train::character_share(scores, 0).item<float>() == doctest::Approx(2. / 6));
  CHECK(train::character_share(scores, 3).item<float>() == doctest::Approx(5. / 6));
}
