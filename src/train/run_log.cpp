#include <scriba/train/run_log.hpp>

#include <nlohmann/json.hpp>

#include <scriba/core/error.hpp>
#include <scriba/core/write_file.hpp>

namespace scriba::train {

namespace {

std::string text(const LogLine& line) {
  nlohmann::ordered_json json{{"step", line.step}, {"kind", line.kind}};
  for (const auto& [name, value] : line.values) json[name] = value;
  return json.dump();
}

constexpr const char* kFailed = "cannot write a log";

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw Error({.what = kFailed, .where = path.string(), .got = "no such folder, no permission or no space"});
}

}  // namespace

RunLog::RunLog(std::filesystem::path path, std::int64_t step) : path_(std::move(path)), lines_(read(path_)) {
  std::erase_if(lines_, [&](const auto& line) { return line.step > step; });
  std::string kept;
  for (const auto& line : lines_) kept += text(line) + '\n';
  write_file(path_, kept, kFailed);
  file_.open(path_, std::ios::binary | std::ios::app);
  if (!file_) fail(path_);
}

void RunLog::add(LogLine line) {
  file_ << text(line) << '\n';
  if (!file_.flush()) fail(path_);
  lines_.push_back(std::move(line));
}

std::vector<LogLine> RunLog::read(const std::filesystem::path& path) {
  std::vector<LogLine> out;
  std::ifstream file(path, std::ios::binary);
  for (std::string one; std::getline(file, one);) {
    const auto json = nlohmann::ordered_json::parse(one, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer() || !json.contains("kind") ||
        !json["kind"].is_string())
      continue;
    LogLine line{json["step"], json["kind"], {}};
    for (const auto& [key, value] : json.items())
      if (value.is_number() && key != "step") line.values.emplace_back(key, value.get<double>());
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace scriba::train
