#include <doctest/doctest.h>

#include "support/golden.hpp"

TEST_CASE("the formula behind the reference values gives its check values") {
  CHECK(golden::uniform("input", 0) == 0.99755709475512144);
  CHECK(golden::uniform("input", 1) == 0.3497973319507407);
  CHECK(golden::uniform("backbone.conv1.weight", 2) == 0.37093718550007126);
}
