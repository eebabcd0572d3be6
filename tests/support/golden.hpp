#pragma once
// Reference values: where they are, and the formula that stands for weights and inputs (no torch here).

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace golden {

namespace fs = std::filesystem;

/// Folder of the larger reference sets: SCRIBA_SHARED, else `shared` beside the checkout.
inline fs::path shared() {
  if (const char* set = std::getenv("SCRIBA_SHARED"); set && *set) return set;
  return fs::path(SCRIBA_SOURCE).parent_path() / "shared";
}

/// True, with one line saying so, when a reference file is absent and the test has nothing to compare with.
inline bool absent(const fs::path& path) {
  if (fs::exists(path)) return false;
  MESSAGE("skipped: ", path.string(), " is not there (set SCRIBA_SHARED)");
  return true;
}

/// Cases `PREFIX*.json` of a folder, sorted: new cases are found without a change here.
inline std::vector<fs::path> cases(const fs::path& folder, std::string_view prefix) {
  std::vector<fs::path> found;
  if (!fs::exists(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json" && entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

inline nlohmann::json json(const fs::path& path) {
  std::ifstream file(path);
  REQUIRE_MESSAGE(file, "cannot open ", path.string());
  return nlohmann::json::parse(file);
}

inline std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (unsigned char byte : text) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

/// u(name, i) in [0, 1): the formula value of element i of the tensor `name`.
inline double uniform(std::uint32_t name_crc, std::uint64_t i) {
  std::uint64_t z = (std::uint64_t(name_crc) << 32) + i + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  z ^= z >> 31;
  return double(z >> 11) * 0x1p-53;
}
inline double uniform(std::string_view name, std::uint64_t i) { return uniform(crc32(name), i); }

}  // namespace golden
