#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

/// A folder of this test's own, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("scriba_io_" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  /// Writes a file and gives its path.
  std::filesystem::path file(const std::string& name, const std::string& content) const {
    std::filesystem::remove(path_ / name);  // some file systems wait for the disk when a file is emptied and written again
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};
