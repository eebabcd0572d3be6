#include <scriba/core/error.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("an error says what, where, expected and got in one line") {
  const scriba::Error full(
      {.what = "cannot load weights", .where = "det.onnx, tensor conv", .expected = "shape [16]", .got = "shape [24]"});
  CHECK(std::string(full.what()) == "cannot load weights: det.onnx, tensor conv: expected shape [16], got shape [24]");
  CHECK(full.text().where == "det.onnx, tensor conv");

  CHECK(std::string(scriba::Error({.what = "no image"}).what()) == "no image");
  CHECK(std::string(scriba::Error({.what = "no image", .where = "a.jpg", .got = "0 bytes"}).what()) == "no image: a.jpg: got 0 bytes");
}

TEST_CASE("line breaks in the parts of an error never break its line") {
  CHECK(std::string(scriba::Error({.what = "a\nb", .got = "c\r\nd"}).what()) == "a b: got c  d");
}
