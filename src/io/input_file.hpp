#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <scriba/core/error.hpp>

namespace scriba::io::detail {

/// A file read by position, never beyond its end.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : name_(path.string()), stream_(path, std::ios::binary | std::ios::ate) {
    if (!stream_ || !std::filesystem::is_regular_file(path)) fail("", "no such file, or no right to read it");
    size_ = static_cast<std::uint64_t>(stream_.tellg());
  }

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  void read(std::uint64_t offset, std::uint64_t count, void* to) {
    if (offset > size_ || count > size_ - offset)
      fail(std::to_string(count) + " bytes at " + std::to_string(offset), "the end of the file");
    stream_.seekg(static_cast<std::streamoff>(offset));
    if (count > 0 && !stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(count))) fail("", "a read error");
  }

  std::string read(std::uint64_t offset, std::uint64_t count) {
    if (count > size_) fail(std::to_string(count) + " bytes", "the end of the file");
    std::string out(count, '\0');
    read(offset, count, out.data());
    return out;
  }

  [[noreturn]] void fail(std::string expected, std::string got) const {
    throw Error({.what = "cannot read a checkpoint", .where = name_, .expected = std::move(expected), .got = std::move(got)});
  }

 private:
  std::string name_;
  std::ifstream stream_;
  std::uint64_t size_{};
};

/// A number as it stands in a file, little-endian (every machine that LibTorch runs on is).
template <class T>
T little_endian(std::string_view bytes, std::size_t offset) {
  T value{};
  bytes.copy(reinterpret_cast<char*>(&value), sizeof value, offset);
  return value;
}

}  // namespace scriba::io::detail
