#include <scriba/train/batch_order.hpp>

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <thread>

using namespace scriba;
using train::BatchOrder;

TEST_CASE("an epoch has every sample once, and the next one in another order") {
  BatchOrder order({{10, 1}}, {.batch_size = 3, .seed = 4});
  CHECK(order.per_epoch() == 3);
  std::vector<std::size_t> orders[2];
  for (std::int64_t i = 0; i < 6; ++i)
    for (const auto& sample : order.batch(i)) {
      CHECK(sample.epoch == i / 3);
      orders[sample.epoch].push_back(sample.pick.index);
    }
  for (auto& one : orders) {
    CHECK(one.size() == 9);
    CHECK(std::set(one.begin(), one.end()).size() == 9);
  }
  CHECK(orders[0] != orders[1]);
}

TEST_CASE("threads that work on far epochs get what one gets") {
  BatchOrder alone({{50, 1}, {20, 0.5}}, {.batch_size = 7, .seed = 9}), shared({{50, 1}, {20, 0.5}}, {.batch_size = 7, .seed = 9});
  std::vector<std::vector<BatchOrder::Sample>> got(200);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < got.size(); i += 4) got[i] = shared.batch(static_cast<std::int64_t>(i));
      });
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto expected = alone.batch(static_cast<std::int64_t>(i));
    REQUIRE(expected.size() == got[i].size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      CHECK(expected[k].pick == got[i][k].pick);
      CHECK(expected[k].index == got[i][k].index);
    }
  }
}

TEST_CASE("samples of all processes have indices of their own") {
  std::map<std::int64_t, std::size_t> seen;
  for (std::size_t process = 0; process < 3; ++process) {
    BatchOrder order({{12, 1}}, {.batch_size = 2, .process = process, .processes = 3});
    CHECK(order.per_epoch() == 2);
    for (std::int64_t i = 0; i < 2; ++i)
      for (const auto& sample : order.batch(i)) CHECK(seen.emplace(sample.index, sample.pick.index).second);
  }
  CHECK(seen.size() == 12);
  // Together they have what one process has.
  BatchOrder one({{12, 1}}, {.batch_size = 12});
  for (const auto& sample : one.batch(0)) CHECK(seen.at(sample.index) == sample.pick.index);
}

TEST_CASE("sets smaller than a batch are refused") {
  CHECK_THROWS_WITH_AS(BatchOrder({{3, 1}}, {.batch_size = 4}), "too few samples: expected a batch of 4 for each process, got 3", Error);
  CHECK_THROWS_AS(BatchOrder({{3, 1}}, {.batch_size = 0}), Error);
}
