#include <scriba/data/word_lmdb.hpp>

#include <doctest/doctest.h>
#include <lmdb.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include <scriba/data/word_set.hpp>

#include "image/image_bytes.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using data::WordLmdb, data::WordSet, data::write_word_lmdb;
namespace fs = std::filesystem;

namespace {

// `count` words of different sizes and texts; the seventh image is no image, the ninth text is empty.
struct Words : TemporaryFolder {
  explicit Words(int count, bool faults = false) {
    for (int i = 0; i < count; ++i) {
      const auto name = std::to_string(i) + ".png";
      const auto bytes = image_test::encoded(image_test::gradient(10 + i % 50, 8 + i % 7), ".png");
      file(name, faults && i == 6 ? "no image" : std::string(bytes.begin(), bytes.end()));
      words.push_back({*this / name, faults && i == 8 ? "" : "word " + std::to_string(i)});
    }
  }
  std::vector<data::WordEntry> words;
};

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Any keys and values, as another program might write them.
void write_pairs(const fs::path& folder, const std::vector<std::pair<std::string, std::string>>& pairs) {
  fs::create_directories(folder);
  MDB_env* env = nullptr;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_open(env, folder.c_str(), 0, 0644) == 0);
  MDB_txn* transaction = nullptr;
  REQUIRE(mdb_txn_begin(env, nullptr, 0, &transaction) == 0);
  MDB_dbi table = 0;
  REQUIRE(mdb_dbi_open(transaction, nullptr, 0, &table) == 0);
  for (auto [key, value] : pairs) {
    MDB_val k{key.size(), key.data()}, v{value.size(), value.data()};
    REQUIRE(mdb_put(transaction, table, &k, &v, 0) == 0);
  }
  REQUIRE(mdb_txn_commit(transaction) == 0);
  mdb_env_close(env);
}

}  // namespace

TEST_CASE("words come back as they were written, whatever the threads") {
  const Words words(300);
  const auto report = write_word_lmdb(WordSet(words.words), words / "one", {.threads = 1});
  CHECK(report.written == 300);
  CHECK(report.skipped == 0);
  std::size_t told = 0;
  write_word_lmdb(WordSet(words.words), words / "many", {.threads = 5, .progress = [&](std::size_t done) { told = done; }});
  CHECK(told == 300);
  CHECK(content(words / "one/data.mdb") == content(words / "many/data.mdb"));
  CHECK_FALSE(fs::exists(words / "one/lock.mdb"));

  const auto again = WordSet::open(words / "many");
  REQUIRE(again.size() == 300);
  for (const std::size_t i : {0, 6, 299}) {
    CHECK(again.text(i) == words.words[i].text);
    CHECK(again.bytes(i) == WordSet(words.words).bytes(i));
    CHECK(again.image(i).size() == WordSet(words.words).image(i).size());
  }
  CHECK(again.file(6).empty());
  CHECK(again.name(6) == (words / "many").string() + ", image-000000007");
  CHECK_THROWS_WITH_AS(again.text(300), doctest::Contains("expected an index below 300, got 300"), Error);
  CHECK(WordSet::open(words / "many/data.mdb").size() == 300);
}

TEST_CASE("bad entries leave no holes") {
  const Words words(20, true);
  std::vector<std::string> told;
  const auto report = write_word_lmdb(WordSet(words.words), words / "out",
                                      {.threads = 3, .bad_entry = [&](const Error& error) { told.push_back(error.what()); }});
  CHECK(report.written == 18);
  CHECK(report.skipped == 2);
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("6.png") != std::string::npos);
  CHECK(told[1].find("8.png: expected a text in UTF-8, got an empty text") != std::string::npos);
  const WordLmdb lmdb(words / "out");
  REQUIRE(lmdb.size() == 18);
  for (std::size_t i = 0; i < 18; ++i) CHECK(lmdb.text(i) == "word " + std::to_string(i + (i >= 6) + (i >= 7)));

  // Without a listener the first one is thrown, and nothing is left behind.
  CHECK_THROWS_WITH_AS(write_word_lmdb(WordSet(words.words), words / "none"), doctest::Contains("6.png"), Error);
  CHECK_FALSE(fs::exists(words / "none"));
  CHECK_THROWS_WITH_AS(write_word_lmdb(WordSet({{words / "6.png", "x"}}), words / "none", {.bad_entry = [](const Error&) {}}),
                       doctest::Contains("expected words, got 1 bad entries and no good one"), Error);
  for (const auto& entry : fs::directory_iterator(words / "")) CHECK(entry.path().string().find(".part") == std::string::npos);
  // Unless images are not looked at.
  CHECK(write_word_lmdb(WordSet({{words / "6.png", "x"}}), words / "raw", {.decode = false}).written == 1);
}

TEST_CASE("an LMDB that is there is replaced, anything else is not") {
  const Words words(5);
  write_word_lmdb(WordSet(words.words), words / "out");
  const auto before = WordSet::open(words / "out");
  // Made from the old one, while that is open.
  CHECK(write_word_lmdb(before, (words / "out").string() + "/").written == 5);
  write_word_lmdb(WordSet({words.words[3]}), words / "out");
  CHECK(WordSet::open(words / "out").text(0) == "word 3");
  CHECK(before.text(4) == "word 4");  // still mapped
  fs::create_directories(words / "other/things");
  CHECK_THROWS_WITH_AS(write_word_lmdb(WordSet(words.words), words / "other"), doctest::Contains("expected a new or empty folder"), Error);
  CHECK_THROWS_WITH_AS(write_word_lmdb(WordSet(words.words), words / "no/such/place"), doctest::Contains("cannot write an LMDB"), Error);
  // An LMDB beside which something else lies: nothing of it goes, whether it was there before or came meanwhile.
  const auto old = content(words / "out/data.mdb");
  const auto meanwhile = [&](std::size_t) { words.file("out/list.txt", "a user's list"); };
  CHECK_THROWS_WITH_AS(write_word_lmdb(WordSet(words.words), words / "out", {.progress = meanwhile}),
                       doctest::Contains("one with an LMDB alone to replace"), Error);
  CHECK_THROWS_WITH_AS(write_word_lmdb(WordSet(words.words), words / "out"), doctest::Contains("one with an LMDB alone"), Error);
  CHECK(content(words / "out/list.txt") == "a user's list");
  CHECK(content(words / "out/data.mdb") == old);
  fs::remove(words / "out/list.txt");
  fs::create_directories(words / "out/lock.mdb");  // no file of LMDB's
  CHECK_THROWS_AS(write_word_lmdb(WordSet(words.words), words / "out"), Error);
  fs::remove(words / "out/lock.mdb");
  words.file("out/lock.mdb", "");
  CHECK(write_word_lmdb(WordSet(words.words), words / "out").written == 5);
  CHECK_FALSE(fs::exists(words / "out/lock.mdb"));
  fs::create_directory_symlink(words / "out", words / "link");
  write_word_lmdb(WordSet({words.words[2]}), words / "link");
  CHECK(fs::is_symlink(words / "link"));
  CHECK(WordSet::open(words / "out").text(0) == "word 2");
  for (const auto& entry : fs::directory_iterator(words / "")) CHECK(entry.path().string().find(".part") == std::string::npos);
  fs::create_directories(words / "empty");
  CHECK(write_word_lmdb(WordSet(words.words), words / "empty").written == 5);
}

TEST_CASE("the map grows as it must") {
  TemporaryFolder folder;
  std::string large(3u << 20, 'x');
  std::vector<data::WordEntry> words;
  for (int i = 0; i < 40; ++i) {
    large[0] = static_cast<char>('a' + i);
    words.push_back({folder.file(std::to_string(i), large), std::to_string(i)});
  }
  CHECK(write_word_lmdb(WordSet(words), folder / "out", {.decode = false}).written == 40);
  const WordLmdb lmdb(folder / "out");
  for (std::size_t i = 0; i < 40; ++i) {
    const auto bytes = lmdb.bytes(i);
    CHECK(bytes.size() == large.size());
    CHECK(bytes[0] == 'a' + static_cast<int>(i));
  }
}

TEST_CASE("eight threads read one LMDB") {
  const Words words(200);
  write_word_lmdb(WordSet(words.words), words / "out", {.threads = 4});
  const auto lmdb = WordSet::open(words / "out");
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t n = 0; n < 600; ++n) {
          const auto i = (n * (2 * t + 1)) % 200;
          if (lmdb.text(i) != words.words[i].text || lmdb.image(i).cols != static_cast<int>(10 + i % 50)) ++wrong;
        }
      });
  }
  CHECK(wrong == 0);
}

TEST_CASE("files of other programs: holes, wrong counts") {
  const TemporaryFolder folder;
  write_pairs(folder / "holes", {{"num-samples", "3"}, {"image-000000001", "x"}, {"label-000000001", "one"}, {"label-000000003", "three"}});
  const WordLmdb holes(folder / "holes");
  CHECK(holes.size() == 3);
  CHECK(holes.text(2) == "three");
  CHECK_THROWS_WITH_AS(holes.text(1), doctest::Contains("expected the key label-000000002, got no such key"), Error);
  CHECK_THROWS_WITH_AS(holes.bytes(2), doctest::Contains("image-000000003"), Error);
  CHECK_THROWS_WITH_AS(WordSet(holes).image(0), doctest::Contains("image-000000001"), Error);

  const auto refused = [&](const char* count, const char* says) {
    write_pairs(folder / "count", {{"num-samples", count}});
    CHECK_THROWS_WITH_AS(WordLmdb(folder / "count"), doctest::Contains(says), Error);
    fs::remove_all(folder / "count");
  };
  refused("many", "expected a number as num-samples, got 'many'");
  refused("-1", "num-samples");
  refused("99999999999999999999999", "num-samples");
  refused("", "num-samples");
  write_pairs(folder / "bare", {{"a", "b"}});
  CHECK_THROWS_WITH_AS(WordLmdb(folder / "bare"), doctest::Contains("expected the key num-samples, got none"), Error);
}

TEST_CASE("what is no LMDB is refused") {
  const Words words(50);
  write_word_lmdb(WordSet(words.words), words / "out");
  const auto whole = content(words / "out/data.mdb");
  const auto refused = [&](const std::string& bytes, const char* says = "cannot read an LMDB of words") {
    fs::create_directories(words / "bad");
    words.file("bad/data.mdb", bytes);
    CHECK_THROWS_WITH_AS(WordLmdb(words / "bad"), doctest::Contains(says), Error);
  };
  refused("");
  refused("these are words");
  refused(std::string(100000, 'x'));
  refused(std::string(100000, '\0'));
  for (const std::size_t size :
       {std::size_t{100}, std::size_t{4096}, std::size_t{8192}, std::size_t{12288}, whole.size() - 4096, whole.size() - 1}) {
    CAPTURE(size);
    refused(whole.substr(0, size));
  }
  refused(whole.substr(0, whole.size() / 8192 * 4096), "cut off");
  CHECK_THROWS_WITH_AS(WordLmdb(words / "none"), doctest::Contains("none: expected a folder with data.mdb"), Error);
  CHECK_THROWS_WITH_AS(WordLmdb(words / ""), doctest::Contains("expected a folder with data.mdb"), Error);
}
