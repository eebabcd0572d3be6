#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace scriba::train {

/// Named numbers, in order: the terms of a loss, or what an evaluation found.
using Scores = std::vector<std::pair<std::string, double>>;

/// One line of a log: what happened at a step.
struct LogLine {
  std::int64_t step{};
  std::string kind;  ///< "train" or "validate"
  Scores values;

  bool operator==(const LogLine&) const = default;
};

/// The log of a training run, one JSON object a line, for programs: {"step":20,"kind":"train","total":0.53}. Numbers that are none (NaN,
/// infinite) are written as null, and left out in reading.
///
/// A run that goes on at an earlier step than it had reached drops the lines beyond: the log reads as if it had never stopped.
class RunLog {
 public:
  /// Lines of `path` up to `step` are kept; those beyond, and what is no line of a log (one that was cut off), are dropped. Throws Error
  /// when the file cannot be written.
  RunLog(std::filesystem::path path, std::int64_t step);

  /// Writes it at once. Throws Error when it cannot be written.
  void add(LogLine line);

  const std::vector<LogLine>& lines() const { return lines_; }

  /// The lines of a file; none when it does not exist.
  static std::vector<LogLine> read(const std::filesystem::path& path);

 private:
  std::filesystem::path path_;
  std::vector<LogLine> lines_;
  std::ofstream file_;
};

}  // namespace scriba::train
