#include <scriba/train/run_log.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include <scriba/core/error.hpp>
#include "io/temporary_folder.hpp"

using namespace scriba;
using train::LogLine, train::RunLog;

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("lines are JSON objects, in the order of their numbers, and come back") {
  const TemporaryFolder folder;
  const LogLine train{20, "train", {{"total", 0.5}, {"bce", 0.25}}}, validate{40, "validate", {{"hmean", 71.5}}};
  {
    RunLog log(folder / "log.jsonl", 0);
    log.add(train);
    log.add(validate);
    CHECK(log.lines().size() == 2);
  }
  CHECK(content(folder / "log.jsonl") ==
        "{\"step\":20,\"kind\":\"train\",\"total\":0.5,\"bce\":0.25}\n{\"step\":40,\"kind\":\"validate\",\"hmean\":71.5}\n");
  CHECK(RunLog::read(folder / "log.jsonl") == std::vector{train, validate});
  CHECK(RunLog::read(folder / "none.jsonl").empty());
}

TEST_CASE("numbers that are none do not break the log") {
  const TemporaryFolder folder;
  RunLog log(folder / "log.jsonl", 0);
  log.add({1, "train", {{"total", std::numeric_limits<double>::quiet_NaN()}, {"rate", 0.1}}});
  const auto lines = RunLog::read(folder / "log.jsonl");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].values == train::Scores{{"rate", 0.1}});
}

TEST_CASE("a run that goes on drops what it had reached beyond, and lines that were cut off") {
  const TemporaryFolder folder;
  {
    RunLog log(folder / "log.jsonl", 0);
    for (const std::int64_t step : {20, 40, 60}) log.add({step, "train", {{"total", 1.0}}});
  }
  folder.file("log.jsonl", content(folder / "log.jsonl") + "{\"step\":80,\"ki");
  RunLog log(folder / "log.jsonl", 40);
  log.add({60, "train", {{"total", 2.0}}});
  const auto lines = RunLog::read(folder / "log.jsonl");
  REQUIRE(lines.size() == 3);
  CHECK(lines[2].values[0].second == 2.0);
}

TEST_CASE("a folder that is not there is an error") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(RunLog(folder / "no/such/log.jsonl", 0), doctest::Contains("cannot write a log"), Error);
}
