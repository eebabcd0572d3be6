#include <scriba/core/make_folder.hpp>

#include <doctest/doctest.h>

#include <scriba/core/write_file.hpp>

#include "io/temporary_folder.hpp"

TEST_CASE("folders are made with those above them, and a file in the way is named") {
  const TemporaryFolder folder;
  scriba::make_folder(folder / "a/b/c");
  CHECK(std::filesystem::is_directory(folder / "a/b/c"));
  CHECK_NOTHROW(scriba::make_folder(folder / "a/b"));
  scriba::write_file(folder / "file", "text");
  CHECK_THROWS_WITH_AS(scriba::make_folder(folder / "file/below"), doctest::Contains("cannot make a folder"), scriba::Error);
  CHECK_THROWS_WITH_AS(scriba::make_folder(folder / "file"), doctest::Contains("cannot make a folder"), scriba::Error);
}
