#include <scriba/text/alphabet.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using scriba::Alphabet;
using scriba::BlankClass;
using scriba::UnknownCharacter;

namespace {
using Labels = std::vector<std::int64_t>;

// A file that is gone after the test.
struct TextFile {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "scriba_test_alphabet.txt";
  explicit TextFile(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  ~TextFile() { std::filesystem::remove(path); }
};
}  // namespace

TEST_CASE("classes follow the characters, the blank is before them") {
  const auto alphabet = Alphabet::from_line("abc");
  CHECK(alphabet.size() == 3);
  CHECK(alphabet.classes() == 4);
  CHECK(alphabet.blank() == 0);
  CHECK(alphabet.class_of("a") == 1);
  CHECK(alphabet.class_of("z") == -1);
  CHECK(alphabet.character(3) == "c");
  for (std::int64_t none : {-1, 0, 4, 1000}) CHECK(alphabet.character(none).empty());
}

TEST_CASE("the blank may be the last class") {
  const auto alphabet = Alphabet::from_line("abc", false, BlankClass::last);
  CHECK(alphabet.blank() == 3);
  CHECK(alphabet.class_of("a") == 0);
  CHECK(alphabet.character(2) == "c");
  CHECK(alphabet.character(3).empty());
  CHECK(alphabet.encode("cab").labels == Labels{2, 0, 1});
}

TEST_CASE("PP-OCR's order: blank, entries, space") {
  const auto alphabet = Alphabet::from_lines("0\n1\n\u3000\nA\n", /*space_last=*/true);
  CHECK(alphabet.classes() == 6);
  CHECK(alphabet.class_of("\u3000") == 3);
  CHECK(alphabet.class_of(" ") == 5);
}

TEST_CASE("byte order marks and carriage returns are no characters") {
  CHECK(Alphabet::from_lines("\xEF\xBB\xBF"
                             "a\r\nb\r\n",
                             false)
            .characters() == std::vector<std::string>{"a", "b"});
  CHECK(Alphabet::from_lines("a\nb", false).characters() == std::vector<std::string>{"a", "b"});
  CHECK(Alphabet::from_line("\xEF\xBB\xBF"
                            "ab\r\nsecond line\n")
            .characters() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("files of either form are told apart") {
  CHECK(Alphabet::from_file(TextFile("0123\n").path, false).size() == 4);
  CHECK(Alphabet::from_file(TextFile("0\n1\n").path, true).size() == 3);
  CHECK(Alphabet::from_file(TextFile("ab").path, true).class_of(" ") == 3);
  CHECK_THROWS_AS(Alphabet::from_file(TextFile("").path, false), scriba::Error);
  CHECK_THROWS_AS(Alphabet::from_file("/no/such/file", false), scriba::Error);
}

TEST_CASE("bad alphabets name the entry") {
  CHECK_THROWS_WITH_AS(Alphabet({"a", "b", "a"}), "bad alphabet: entry 3: expected each character once, got 'a', which is entry 1 already",
                       scriba::Error);
  CHECK_THROWS_WITH_AS(Alphabet({"a", ""}), "bad alphabet: entry 2: expected a character, got nothing", scriba::Error);
  CHECK_THROWS_WITH_AS(Alphabet({"a", "\xC0"}), "bad alphabet: entry 2: expected UTF-8, got other bytes", scriba::Error);
  CHECK_THROWS_AS(Alphabet::from_lines("a\n\nb\n", false), scriba::Error);
}

TEST_CASE("a head with another number of classes is refused") {
  const auto alphabet = Alphabet::from_line("abc");
  CHECK_NOTHROW(alphabet.require_classes(4));
  CHECK_THROWS_WITH_AS(alphabet.require_classes(37),
                       "the alphabet does not fit the recogniser: expected 36 characters (and the blank), got 3", scriba::Error);
}

TEST_CASE("unknown characters: refused, skipped or replaced") {
  const auto alphabet = Alphabet::from_line("abc?");
  CHECK_THROWS_WITH_AS(alphabet.encode("aéb"), "the alphabet lacks a character: text 'aéb': got 'é'", scriba::Error);
  const auto skipped = alphabet.encode("aéb中", UnknownCharacter::skip);
  CHECK(skipped.labels == Labels{1, 2});
  CHECK(skipped.unknown == 2);
  const auto replaced = alphabet.encode("aé", UnknownCharacter::replace, alphabet.class_of("?"));
  CHECK(replaced.labels == Labels{1, 4});
  CHECK(replaced.unknown == 1);
  CHECK_THROWS_AS(alphabet.encode("a", UnknownCharacter::replace, 0), scriba::Error);
  CHECK_THROWS_AS(alphabet.encode("\xFF"), scriba::Error);
  CHECK(alphabet.encode("").labels.empty());
}

TEST_CASE("characters of several code points: the longest wins") {
  const Alphabet alphabet({"क", "क्ष", "ष", "e", "e\u0301"});
  CHECK(alphabet.encode("क्षकe\u0301e").labels == Labels{2, 1, 5, 4});
  CHECK(alphabet.decode(alphabet.encode("क्षष").labels) == "क्षष");
}

TEST_CASE("decoding skips blanks and classes that do not exist") {
  CHECK(Alphabet::from_line("ab").decode(Labels{0, 2, 99, -5, 1}) == "ba");
}
