#include <scriba/data/loader.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>

using namespace scriba;
using data::Loader, data::LoaderOptions;

namespace {

std::vector<std::int64_t> all(Loader<std::int64_t>& loader) {
  std::vector<std::int64_t> out;
  while (const auto item = loader.next()) out.push_back(*item);
  return out;
}

void wait_a_little(std::int64_t i) { std::this_thread::sleep_for(std::chrono::microseconds((i * 7919) % 400)); }

}  // namespace

TEST_CASE("threads of a loader hand items out in order, whatever their number") {
  const auto square = [](std::int64_t i) {
    wait_a_little(i);
    return i * i;
  };
  Loader<std::int64_t> alone(square, 5, 105, {.threads = 0});
  const auto expected = all(alone);
  REQUIRE(expected.size() == 100);
  CHECK(expected.front() == 25);
  for (const int threads : {1, 2, 7}) {
    Loader<std::int64_t> together(square, 5, 105, {.threads = threads, .ahead = 3});
    CHECK(all(together) == expected);
    CHECK_FALSE(together.next().has_value());
  }
}

TEST_CASE("threads of a loader stop at the number of items ahead") {
  std::atomic<std::int64_t> made = 0;
  Loader<std::int64_t> loader([&](std::int64_t i) { return ++made, i; }, 0, 1000, {.threads = 3, .ahead = 5});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(made == 5);
  for (int i = 0; i < 10; ++i) loader.next();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(made == 15);
}

TEST_CASE("threads of a loader forward exceptions where the item would have come, and go on") {
  for (const int threads : {0, 3}) {
    Loader<std::int64_t> loader(
        [](std::int64_t i) {
          if (i == 2) throw Error({.what = "bad image", .where = "three.jpg"});
          return i;
        },
        0, 4, {.threads = threads});
    CHECK(loader.next() == 0);
    CHECK(loader.next() == 1);
    CHECK_THROWS_WITH_AS(loader.next(), "bad image: three.jpg", Error);
    if (threads > 0) {
      CHECK(loader.next() == 3);
      CHECK_FALSE(loader.next().has_value());
    }
  }
}

TEST_CASE("threads of a loader end when it does, full, empty or at work") {
  for (int i = 0; i < 50; ++i) {
    Loader<std::unique_ptr<int>> loader(
        [](std::int64_t n) {
          wait_a_little(n);
          return std::make_unique<int>(static_cast<int>(n));
        },
        0, i % 2 == 0 ? 1'000'000 : 3, {.threads = 4, .ahead = 8});
    for (int n = 0; n < i % 5; ++n) {
      const auto item = loader.next();
      if (item) CHECK(**item == n);
    }
  }
  Loader<int> nothing([](std::int64_t) { return 0; }, 3, 3);
  CHECK_FALSE(nothing.next().has_value());
}

TEST_CASE("options out of range are refused") {
  CHECK_THROWS_AS((Loader<int>([](std::int64_t) { return 0; }, 0, 1, {.threads = -1})), Error);
  CHECK_THROWS_AS((Loader<int>([](std::int64_t) { return 0; }, 0, 1, {.threads = 1, .ahead = 0})), Error);
}
