#include <scriba/text/nearest_word.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace scriba;

TEST_CASE("the most similar word is found, the first of equals") {
  const std::vector<std::string> words{"street", "sweet", "Straße", "s"};
  CHECK(nearest_word("streel", words)->index == 0);
  CHECK(nearest_word("sweet", words)->similarity == 1);
  CHECK(nearest_word("Strase", words)->index == 2);
  CHECK(nearest_word("zzz", words)->index == 0);  // none is like it
  CHECK(nearest_word("zzz", words)->similarity == 0);
  CHECK(nearest_word("", words)->similarity == 0);
  CHECK_FALSE(nearest_word("street", {}).has_value());
}
