#include "src/c/copy_line.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

std::string copied(std::string_view text) {
  char out[8] = "?";
  scriba::c::copy_line(text, out);
  return out;
}

}  // namespace

TEST_CASE("a text ends at its first line") {
  CHECK(copied("") == "");
  CHECK(copied("one") == "one");
  CHECK(copied("one\ntwo") == "one");
  CHECK(copied("one\r\ntwo") == "one");
  CHECK(copied("\none") == "");
}

TEST_CASE("a text that is too long ends between two characters") {
  CHECK(copied("1234567") == "1234567");
  CHECK(copied("12345678") == "1234567");
  CHECK(copied("123456\xC3\xA9") == "123456");
  CHECK(copied("12345\xC3\xA9\xC3\xA9") == "12345\xC3\xA9");
  CHECK(copied("1234567\n8") == "1234567");
}
