#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <scriba/core/error.hpp>

namespace scriba {

/// Writes a whole file or nothing: under a temporary name beside it, then renamed, so that what was there before stays until the new file
/// is complete, and a reader never sees half of one. Throws Error, which begins with `what`, for a place that cannot be written.
inline void write_file(const std::filesystem::path& path, std::string_view bytes, const char* what = "cannot write a file") {
  std::filesystem::path part = path;
  part += ".part" + std::to_string(std::random_device{}());
  std::ofstream file(part, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(part, path, failed);
  if (!file || failed) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw Error({.what = what, .where = path.string(), .got = failed ? failed.message() : "no such folder, no permission or no space"});
  }
}

}  // namespace scriba
