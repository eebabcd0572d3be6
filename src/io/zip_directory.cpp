// The zip format: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3.7 (local header), 4.3.12 (directory),
// 4.3.14 to 4.3.16 (end records), 4.5.3 (64-bit sizes).
#include "zip_directory.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace scriba::io::detail {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                        kEnd64Locator = 0x07064b50;
constexpr std::uint64_t kLocalHeaderSize = 30, kDirectoryEntrySize = 46, kEndSize = 22, kEnd64Size = 56, kEnd64LocatorSize = 20;
constexpr std::uint32_t kSeeExtra = 0xFFFFFFFF;  // "the value is in the 64-bit extra field"

/// CRC-32 eight bytes at a time: table[k][b] is the remainder of byte b followed by k zero bytes.
class Crc32 {
 public:
  Crc32() {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
      table_[0][byte] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k)
      for (std::size_t byte = 0; byte < 256; ++byte) table_[k][byte] = (table_[k - 1][byte] >> 8) ^ table_[0][table_[k - 1][byte] & 0xFF];
  }

  std::uint32_t operator()(std::string_view bytes) const {
    std::uint32_t crc = ~0u;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
      const auto low = little_endian<std::uint32_t>(bytes, 0) ^ crc, high = little_endian<std::uint32_t>(bytes, 4);
      crc = 0;
      for (std::size_t i = 0; i < 4; ++i) crc ^= table_[7 - i][(low >> (8 * i)) & 0xFF] ^ table_[3 - i][(high >> (8 * i)) & 0xFF];
    }
    for (const char byte : bytes) crc = (crc >> 8) ^ table_[0][(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
    return ~crc;
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 8> table_;
};

std::uint32_t crc32(std::string_view bytes) {
  static const Crc32 crc;
  return crc(bytes);
}

}  // namespace

bool ZipDirectory::is_zip(InputFile& file) { return file.size() >= 4 && little_endian<std::uint32_t>(file.read(0, 4), 0) == kLocalHeader; }

ZipDirectory::ZipDirectory(InputFile& file) : file_(file) {
  // The end record is the last thing in the file, but for a comment of up to 65535 bytes.
  const std::uint64_t tail_size = std::min<std::uint64_t>(file.size(), kEndSize + 0xFFFF);
  const std::string tail = file.read(file.size() - tail_size, tail_size);
  std::size_t end = std::string::npos;
  for (std::size_t i = tail.size() >= kEndSize ? tail.size() - kEndSize + 1 : 0; i-- > 0 && end == std::string::npos;)
    if (little_endian<std::uint32_t>(tail, i) == kEnd && i + kEndSize + little_endian<std::uint16_t>(tail, i + 20) == tail.size()) end = i;
  if (end == std::string::npos) file.fail("a whole zip file", "one without its directory (cut off?)");

  std::uint64_t count = little_endian<std::uint16_t>(tail, end + 10);
  std::uint64_t size = little_endian<std::uint32_t>(tail, end + 12);
  std::uint64_t offset = little_endian<std::uint32_t>(tail, end + 16);
  const std::uint64_t end_offset = file.size() - tail_size + end;
  if (end_offset >= kEnd64LocatorSize) {
    const std::string locator = file.read(end_offset - kEnd64LocatorSize, kEnd64LocatorSize);
    if (little_endian<std::uint32_t>(locator, 0) == kEnd64Locator) {
      const std::string end64 = file.read(little_endian<std::uint64_t>(locator, 8), kEnd64Size);
      if (little_endian<std::uint32_t>(end64, 0) != kEnd64) file.fail("a 64-bit end record", "something else");
      count = little_endian<std::uint64_t>(end64, 32);
      size = little_endian<std::uint64_t>(end64, 40);
      offset = little_endian<std::uint64_t>(end64, 48);
    }
  }
  if (offset > end_offset || size > end_offset - offset || count > size / kDirectoryEntrySize)
    file.fail("a zip directory inside the file", std::to_string(count) + " records at " + std::to_string(offset));
  read_directory(offset, size, count);
}

void ZipDirectory::read_directory(std::uint64_t offset, std::uint64_t size, std::uint64_t count) {
  directory_offset_ = offset;
  const std::string directory = file_.read(offset, size);
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (directory.size() - at < kDirectoryEntrySize || little_endian<std::uint32_t>(directory, at) != kDirectoryEntry)
      file_.fail("directory entry " + std::to_string(i) + " of the zip file", "something else");
    const auto flags = little_endian<std::uint16_t>(directory, at + 8), method = little_endian<std::uint16_t>(directory, at + 10);
    const std::size_t name_size = little_endian<std::uint16_t>(directory, at + 28);
    const std::size_t extra_size = little_endian<std::uint16_t>(directory, at + 30);
    const std::size_t comment_size = little_endian<std::uint16_t>(directory, at + 32);
    std::uint64_t stored = little_endian<std::uint32_t>(directory, at + 20), real = little_endian<std::uint32_t>(directory, at + 24);
    Record record{little_endian<std::uint32_t>(directory, at + 42), 0, little_endian<std::uint32_t>(directory, at + 16), false};
    const std::size_t end = at + kDirectoryEntrySize + name_size + extra_size + comment_size;
    if (end > directory.size()) file_.fail("a whole zip directory", "a name beyond its end");
    const std::string name = directory.substr(at + kDirectoryEntrySize, name_size);

    // The 64-bit field holds, in this order, those of the three numbers that did not fit.
    std::string_view extra = std::string_view(directory).substr(at + kDirectoryEntrySize + name_size, extra_size);
    while (extra.size() >= 4) {
      const std::size_t id = little_endian<std::uint16_t>(extra, 0), length = little_endian<std::uint16_t>(extra, 2);
      if (length > extra.size() - 4) break;
      auto field = extra.substr(4, length);
      extra.remove_prefix(4 + length);
      if (id != 1) continue;
      for (std::uint64_t* number : {&real, &stored, &record.header_offset})
        if (*number == kSeeExtra && field.size() >= 8) {
          *number = little_endian<std::uint64_t>(field, 0);
          field.remove_prefix(8);
        }
    }
    record.size = stored;
    record.plain = method == 0 && stored == real && (flags & 1) == 0;
    if (record.header_offset > offset || record.size > offset - record.header_offset)
      file_.fail("records inside the file", "record " + name + " of " + std::to_string(stored) + " bytes");
    if (!records_.emplace(name, record).second) file_.fail("each record once", "two records " + name);

    constexpr std::string_view kMain = "/data.pkl";
    if (name.ends_with(kMain) && name.find('/') == name.size() - kMain.size()) {
      if (!root_.empty()) file_.fail("one data.pkl", "two");
      root_ = name.substr(0, name.size() - kMain.size() + 1);
    }
    at = end;
  }
  if (root_.empty()) file_.fail("a zip file of torch.save, with data.pkl in a folder", "a zip file without it");
}

const ZipDirectory::Record* ZipDirectory::find(std::string_view name) const {
  const auto found = records_.find(std::string(name));
  return found == records_.end() ? nullptr : &found->second;
}

std::string ZipDirectory::read(const std::string& name) {
  const auto* record = find(name);
  if (!record) file_.fail("record " + name, "none");
  std::string out(record->size, '\0');
  read(name, *record, out.data());
  return out;
}

void ZipDirectory::read(const std::string& name, const Record& record, void* to) {
  if (!record.plain) file_.fail("records that are neither compressed nor encrypted", "record " + name + " (write it with torch.save)");
  const std::string header = file_.read(record.header_offset, kLocalHeaderSize);
  if (little_endian<std::uint32_t>(header, 0) != kLocalHeader) file_.fail("the header of record " + name, "something else");
  const std::uint64_t name_size = little_endian<std::uint16_t>(header, 26), extra_size = little_endian<std::uint16_t>(header, 28);
  const std::uint64_t data = record.header_offset + kLocalHeaderSize + name_size + extra_size;
  if (data > directory_offset_ || record.size > directory_offset_ - data)
    file_.fail("record " + name + " before the directory", std::to_string(record.size) + " bytes at " + std::to_string(data));
  if (file_.read(record.header_offset + kLocalHeaderSize, name_size) != name) file_.fail("the header of record " + name, "another name");
  file_.read(data, record.size, to);
  // PyTorch writes 0 when told not to compute checksums (torch.serialization.set_crc32_options).
  if (record.crc != 0 && record.crc != crc32({static_cast<const char*>(to), record.size}))
    file_.fail("the recorded checksum of " + name, "another (the file was damaged)");
}

}  // namespace scriba::io::detail
