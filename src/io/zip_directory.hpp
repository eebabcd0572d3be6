#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "input_file.hpp"

namespace scriba::io::detail {

/// The records of a zip file as torch.save writes it: stored (never compressed), 64-bit sizes allowed, one disk.
///
/// Checked: every record lies before the directory, its local header has the same name, its bytes have the recorded checksum (when there is
/// one).
class ZipDirectory {
 public:
  struct Record {
    std::uint64_t header_offset{};
    std::uint64_t size{};
    std::uint32_t crc{};  ///< 0: not recorded
    bool plain{};         ///< neither compressed nor encrypted: can be read
  };

  static bool is_zip(InputFile& file);

  explicit ZipDirectory(InputFile& file);

  /// The record, or null.
  const Record* find(std::string_view name) const;
  /// The folder that holds `data.pkl`, with its slash: torch.save puts every record into one folder. Error when there is none.
  const std::string& root() const { return root_; }

  std::string read(const std::string& name);
  /// `to` has room for `record.size` bytes.
  void read(const std::string& name, const Record& record, void* to);

 private:
  void read_directory(std::uint64_t offset, std::uint64_t size, std::uint64_t count);

  InputFile& file_;
  std::unordered_map<std::string, Record> records_;
  std::string root_;
  std::uint64_t directory_offset_{};
};

}  // namespace scriba::io::detail
