#include <scriba/augment/random.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <set>
#include <vector>

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("the generator gives its authors' published words") {
  // The known answers of the paper's own library for philox4x32 with 10 rounds.
  using Block = std::array<std::uint32_t, 4>;
  CHECK(augment::detail::philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t all = 0xffffffff;
  CHECK(augment::detail::philox({all, all, all, all}, {all, all}) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(augment::detail::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("seed, epoch and index each make other numbers, and the same make the same") {
  const auto words = [](Random random) {
    std::vector<std::uint32_t> out;
    for (int i = 0; i < 9; ++i) out.push_back(random.bits());
    return out;
  };
  std::set<std::vector<std::uint32_t>> seen;
  constexpr std::int64_t far = std::int64_t{1} << 40;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32})
    for (const std::int64_t epoch : {0, 1, 2})
      for (const std::int64_t index : {std::int64_t{0}, std::int64_t{1}, far}) {
        CHECK(words(Random(seed, epoch, index)) == words(Random(seed, epoch, index)));
        seen.insert(words(Random(seed, epoch, index)));
      }
  CHECK(seen.size() == 27);
  const auto first = words(Random(0));  // blocks of four words follow one another
  CHECK(first[0] == 0x6627e8d5);
  CHECK(std::set<std::uint32_t>(first.begin(), first.end()).size() == 9);
}

TEST_CASE("uniform numbers fill their range evenly") {
  Random random(5);
  double sum = 0, squares = 0;
  constexpr int n = 200'000;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform();
    REQUIRE((u >= 0 && u < 1));
    sum += u, squares += u * u;
  }
  CHECK(sum / n == doctest::Approx(0.5).epsilon(0.005));
  CHECK(squares / n == doctest::Approx(1.0 / 3).epsilon(0.01));
  for (int i = 0; i < 1000; ++i) {
    const double x = random.uniform({-3, 2});
    CHECK((x >= -3 && x < 2));
  }
  CHECK(random.uniform({4, 4}) == 4);
}

TEST_CASE("factors are as often below the geometric middle as above") {
  Random random(6);
  int below = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double f = random.log_uniform({0.25, 4});
    REQUIRE((f > 0.2499 && f < 4.0001));
    below += f < 1;
  }
  CHECK(std::abs(below - 5000) < 200);
  CHECK(random.log_uniform({1, 1}) == 1);
}

TEST_CASE("whole numbers take every value equally often, ends included") {
  Random random(7);
  std::map<int, int> times;
  for (int i = 0; i < 70'000; ++i) ++times[random.integer(-3, 3)];
  CHECK(times.size() == 7);
  for (const auto& [value, count] : times) {
    CHECK((value >= -3 && value <= 3));
    CHECK(std::abs(count - 10'000) < 400);
  }
  CHECK(random.integer(4, 4) == 4);
  constexpr int low = std::numeric_limits<int>::min(), high = std::numeric_limits<int>::max();
  bool negative = false, positive = false;
  for (int i = 0; i < 100; ++i) (random.integer(low, high) < 0 ? negative : positive) = true;
  CHECK((negative && positive));
  const std::vector<int> values{2, 4, 8};
  std::set<int> picked;
  for (int i = 0; i < 100; ++i) picked.insert(random.pick<int>(values));
  CHECK(picked == std::set<int>{2, 4, 8});
}

TEST_CASE("normal numbers have mean 0 and deviation 1, and tails") {
  Random random(8);
  double sum = 0, squares = 0;
  int beyond_two = 0;
  constexpr int n = 100'000;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    REQUIRE(std::isfinite(x));
    sum += x, squares += x * x, beyond_two += std::abs(x) > 2;
  }
  CHECK(std::abs(sum / n) < 0.02);
  CHECK(squares / n == doctest::Approx(1).epsilon(0.02));
  CHECK(static_cast<double>(beyond_two) / n == doctest::Approx(0.0455).epsilon(0.05));
}

TEST_CASE("chances of 0 and 1 are never and always") {
  Random random(9);
  int often = 0;
  for (int i = 0; i < 10'000; ++i) {
    CHECK_FALSE(random.chance(0));
    CHECK(random.chance(1));
    often += random.chance(0.25);
  }
  CHECK(std::abs(often - 2500) < 200);
}
