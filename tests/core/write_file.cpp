#include <scriba/core/write_file.hpp>

#include <doctest/doctest.h>

#include <iterator>

#include "io/temporary_folder.hpp"

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("a file is written whole, over what was there, and nothing else is left") {
  const TemporaryFolder folder;
  const auto path = folder / "list.txt";
  const std::string bytes("a\0b\r\n", 5);
  scriba::write_file(path, "before");
  scriba::write_file(path, bytes);
  CHECK(content(path) == bytes);
  scriba::write_file(folder / "empty", "");
  CHECK(content(folder / "empty").empty());
  CHECK(files_in(path.parent_path()) == 2);
}

TEST_CASE("a place that cannot be written is an error with its path, and leaves nothing behind") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(scriba::write_file(folder / "no/such/folder.txt", "x"), doctest::Contains("no/such/folder.txt"), scriba::Error);
  std::filesystem::create_directories(folder / "taken/by");  // a folder that is not empty cannot be replaced
  CHECK_THROWS_WITH_AS(scriba::write_file(folder / "taken", "x", "cannot write a picture"), doctest::Contains("cannot write a picture: "),
                       scriba::Error);
  CHECK(files_in(folder / ".") == 1);
}
