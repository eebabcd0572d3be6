#include <scriba/text/fixed_length.hpp>

#include "support/golden.hpp"

using namespace scriba;

namespace {

const Alphabet kAbc = Alphabet::from_line("abc");

std::string read(const std::vector<std::int64_t>& labels, const Alphabet& alphabet) {
  std::vector<ctc::Best> best;
  for (const auto label : labels) best.push_back({label, 0.5f});
  return fixed_length::decode(best, alphabet).text;
}

using Labels = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a text becomes its characters, the end, and positions to ignore") {
  CHECK(fixed_length::encode("ba", kAbc, 5).labels == Labels{2, 1, 0, -1, -1});
  CHECK(fixed_length::encode("", kAbc, 3).labels == Labels{0, -1, -1});
  CHECK(fixed_length::encode("abc", kAbc, 4, UnknownCharacter::error, 9).labels == Labels{1, 2, 3, 0});
  CHECK(fixed_length::encode("abc", kAbc, 3).labels == Labels{1, 2, 3});    // no room for the end
  CHECK(fixed_length::encode("abcab", kAbc, 3).labels == Labels{1, 2, 3});  // cut
  CHECK(fixed_length::encode("axb", kAbc, 4, UnknownCharacter::skip).labels == Labels{1, 2, 0, -1});
  CHECK_THROWS_AS(fixed_length::encode("x", kAbc, 4), Error);
  CHECK(fixed_length::encode("a", Alphabet({"a", "b"}, BlankClass::last), 3).labels == Labels{0, 2, -1});
}

TEST_CASE("reading stops at the first end, and needs none") {
  CHECK(read({1, 2, 0, 3}, kAbc) == "ab");
  CHECK(read({0, 1, 1}, kAbc).empty());
  CHECK(read({3, 3, 3}, kAbc) == "ccc");
  CHECK(read({}, kAbc).empty());
}

TEST_CASE("the score is the mean of the characters' confidences") {
  const std::vector<ctc::Best> best{{1, 0.9f}, {2, 0.5f}, {0, 0.1f}};
  const auto text = fixed_length::decode(best, kAbc);
  CHECK(text.score == doctest::Approx(0.7));
  REQUIRE(text.characters.size() == 2);
  CHECK(text.characters[1].text == "b");
  CHECK(text.characters[1].first_frame == -1);
  CHECK(fixed_length::decode(std::span(best).subspan(2), kAbc).score == 0);
}

TEST_CASE("labels and texts are the reference's, but for the character that it loses without an end") {
  const auto path = golden::shared() / "golden" / "text" / "fc_label_converter.json";
  if (golden::absent(path)) return;
  const auto json = golden::json(path);
  const auto alphabet = Alphabet::from_line(json.at("alphabet").get<std::string>());
  const auto positions = json.at("max_length").get<std::int64_t>() + 1, ignored = alphabet.classes();
  for (const auto& one : json.at("encode")) {
    const auto text = one.at("text").get<std::string>();
    CAPTURE(text);
    CHECK(fixed_length::encode(text, alphabet, positions, UnknownCharacter::error, ignored).labels == one.at("indices").get<Labels>());
    CHECK(read(one.at("indices").get<Labels>(), alphabet) == one.at("decoded_without_bug").get<std::string>());
  }
  for (const auto& one : json.at("decode"))
    CHECK(read(one.at("indices").get<Labels>(), alphabet) == one.at("decoded_without_bug").get<std::string>());
}
