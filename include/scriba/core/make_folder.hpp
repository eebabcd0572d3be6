#pragma once

#include <filesystem>
#include <system_error>

#include <scriba/core/error.hpp>

namespace scriba {

/// Makes a folder and those above it; one that is there is left as it is. Throws Error where that cannot be.
inline void make_folder(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) throw Error({.what = "cannot make a folder", .where = path.string(), .got = failed.message()});
}

}  // namespace scriba
