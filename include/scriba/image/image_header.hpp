#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace scriba {

/// The formats that Scriba reads. Only these, since only their sizes are known before a decoder runs.
enum class ImageFormat { jpeg, png, bmp, tiff, webp, pnm, jpeg2000 };

/// What a file's first bytes say about the image in it.
struct ImageHeader {
  ImageFormat format{};
  std::int64_t width{}, height{};  ///< pixels, at least 1; before any turning by an orientation tag
  bool transparent{};              ///< PNG and WebP with an alpha channel or a transparent colour
  bool deep{};                     ///< PNG with 16 bits a channel
};

namespace detail {

// Bytes of a file that may end anywhere: what lies beyond the end reads as 0.
class FileBytes {
 public:
  explicit FileBytes(std::span<const unsigned char> bytes) : bytes_(bytes) {}

  std::size_t size() const { return bytes_.size(); }
  std::uint64_t byte(std::uint64_t i) const { return i < bytes_.size() ? bytes_[static_cast<std::size_t>(i)] : 0; }
  std::uint64_t big(std::uint64_t i, int count) const {
    std::uint64_t value = 0;
    for (int k = 0; k < count; ++k) value = value << 8 | byte(i + static_cast<std::uint64_t>(k));
    return value;
  }
  std::uint64_t little(std::uint64_t i, int count) const {
    std::uint64_t value = 0;
    for (int k = count - 1; k >= 0; --k) value = value << 8 | byte(i + static_cast<std::uint64_t>(k));
    return value;
  }
  bool has(std::string_view text, std::size_t i = 0) const {
    return i <= bytes_.size() && text.size() <= bytes_.size() - i && std::memcmp(bytes_.data() + i, text.data(), text.size()) == 0;
  }
  // Place of `text` at or after `from`, or size().
  std::size_t find(std::string_view text, std::size_t from = 0) const {
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(from, size()));
    const auto same = [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); };
    return static_cast<std::size_t>(std::search(begin, bytes_.end(), text.begin(), text.end(), same) - bytes_.begin());
  }

 private:
  std::span<const unsigned char> bytes_;
};

inline ImageHeader header_of(ImageFormat format, std::uint64_t width, std::uint64_t height) {
  return {.format = format, .width = static_cast<std::int64_t>(width), .height = static_cast<std::int64_t>(height)};
}

// Start of the JPEG segment that satisfies `wanted(marker)`, or nothing. Segments: FF, marker, length of what follows. ITU T.81, B.1.1.
template <class Wanted>
std::optional<std::uint64_t> jpeg_segment(const FileBytes& b, Wanted wanted) {
  for (std::uint64_t i = 2; i + 4 <= b.size();) {
    if (b.byte(i) != 0xFF) return {};
    const auto marker = b.byte(i + 1);
    if (marker == 0xFF) {
      ++i;  // fill bytes
    } else if (wanted(marker)) {
      return i;
    } else {
      const bool bare = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
      i += 2 + (bare ? 0 : b.big(i + 2, 2));
    }
  }
  return {};
}

inline std::optional<ImageHeader> jpeg_header(const FileBytes& b) {
  const auto frame = jpeg_segment(b, [](auto m) { return m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC; });
  if (!frame) return {};
  return header_of(ImageFormat::jpeg, b.big(*frame + 7, 2), b.big(*frame + 5, 2));
}

inline ImageHeader png_header(const FileBytes& b) {
  auto out = header_of(ImageFormat::png, b.big(16, 4), b.big(20, 4));
  out.deep = b.byte(24) == 16;
  out.transparent = (b.byte(25) & 4) != 0;
  // A transparent colour stands in a chunk before the pixels.
  for (std::uint64_t i = 33; !out.transparent && i + 8 <= b.size() && !b.has("IDAT", static_cast<std::size_t>(i) + 4);
       i += 12 + b.big(i, 4))
    out.transparent = b.has("tRNS", static_cast<std::size_t>(i) + 4);
  return out;
}

inline ImageHeader bmp_header(const FileBytes& b) {
  if (b.little(14, 4) == 12) return header_of(ImageFormat::bmp, b.little(18, 2), b.little(20, 2));
  const auto height = static_cast<std::int32_t>(b.little(22, 4));  // negative: rows from the top
  return header_of(ImageFormat::bmp, b.little(18, 4), static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(height))));
}

inline std::optional<ImageHeader> webp_header(const FileBytes& b) {
  if (b.has("VP8X", 12)) {
    auto out = header_of(ImageFormat::webp, 1 + b.little(24, 3), 1 + b.little(27, 3));
    out.transparent = (b.byte(20) & 0x10) != 0;
    return out;
  }
  if (b.has("VP8L", 12) && b.byte(20) == 0x2F) {
    const auto bits = b.little(21, 4);
    auto out = header_of(ImageFormat::webp, 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF));
    out.transparent = (bits >> 28 & 1) != 0;
    return out;
  }
  if (b.has("VP8 ", 12) && b.has("\x9D\x01\x2A", 23))
    return header_of(ImageFormat::webp, b.little(26, 2) & 0x3FFF, b.little(28, 2) & 0x3FFF);
  return {};
}

// TIFF 6.0 and its 64-bit form: the first directory's tags 256 (width) and 257 (height).
inline ImageHeader tiff_header(const FileBytes& b) {
  const bool little = b.byte(0) == 'I', wide = b.byte(little ? 2 : 3) == 43;
  const auto number = [&](std::uint64_t i, int count) { return little ? b.little(i, count) : b.big(i, count); };
  const auto directory = wide ? number(8, 8) : number(4, 4);
  if (directory >= b.size()) return header_of(ImageFormat::tiff, 0, 0);
  const auto entries = std::min<std::uint64_t>(wide ? number(directory, 8) : number(directory, 2), 4096);
  std::array<std::uint64_t, 2> size{};
  for (std::uint64_t e = 0; e < entries; ++e) {
    const auto at = directory + (wide ? 8 + 20 * e : 2 + 12 * e);
    const auto tag = number(at, 2), type = number(at + 2, 2);
    if (tag == 256 || tag == 257)
      size[static_cast<std::size_t>(tag - 256)] = number(at + (wide ? 12 : 8), type == 3 ? 2 : type == 16 ? 8 : 4);
  }
  return header_of(ImageFormat::tiff, size[0], size[1]);
}

// P1 to P6: width and height in digits, after spaces and comments.
inline ImageHeader pnm_header(const FileBytes& b) {
  std::array<std::uint64_t, 2> size{};
  std::uint64_t i = 2;
  for (auto& value : size) {
    for (; b.byte(i) == ' ' || (b.byte(i) >= '\t' && b.byte(i) <= '\r') || b.byte(i) == '#'; ++i)
      if (b.byte(i) == '#')
        while (i < b.size() && b.byte(i) != '\n') ++i;
    for (; b.byte(i) >= '0' && b.byte(i) <= '9' && value < 1'000'000'000; ++i) value = value * 10 + (b.byte(i) - '0');
  }
  return header_of(ImageFormat::pnm, size[0], size[1]);
}

// The SIZ segment of the code stream; ISO 15444-1, A.5.1. The grid's size bounds the image's.
inline std::optional<ImageHeader> jpeg2000_header(const FileBytes& b) {
  const auto stream = b.find("\xFF\x4F\xFF\x51");
  if (stream == b.size()) return {};
  return header_of(ImageFormat::jpeg2000, b.big(stream + 8, 4), b.big(stream + 12, 4));
}

}  // namespace detail

/// Reads the format and size of an image without decoding it. Nothing for other formats and for headers that are damaged or cut off.
inline std::optional<ImageHeader> read_image_header(std::span<const unsigned char> bytes) {
  using namespace std::string_view_literals;
  const detail::FileBytes b(bytes);
  std::optional<ImageHeader> out;
  if (b.has("\xFF\xD8\xFF"sv))
    out = detail::jpeg_header(b);
  else if (b.has("\x89PNG\r\n\x1A\n"sv))
    out = detail::png_header(b);
  else if (b.has("BM"sv))
    out = detail::bmp_header(b);
  else if (b.has("RIFF"sv) && b.has("WEBP"sv, 8))
    out = detail::webp_header(b);
  else if (b.has("II*\0"sv) || b.has("MM\0*"sv) || b.has("II+\0"sv) || b.has("MM\0+"sv))
    out = detail::tiff_header(b);
  else if (b.byte(0) == 'P' && b.byte(1) >= '1' && b.byte(1) <= '6')
    out = detail::pnm_header(b);
  else if (b.has("\0\0\0\x0CjP  "sv) || b.has("\xFF\x4F\xFF\x51"sv))
    out = detail::jpeg2000_header(b);
  if (out && (out->width < 1 || out->height < 1)) out.reset();
  return out;
}

/// False when a JPEG or PNG file breaks off before its end mark: its lower part is missing. Other formats count as complete, their
/// decoders notice.
inline bool image_complete(std::span<const unsigned char> bytes, const ImageHeader& header) {
  const detail::FileBytes b(bytes);
  if (header.format == ImageFormat::png) return b.find("IEND") < b.size();
  if (header.format != ImageFormat::jpeg) return true;
  // After the scan's start, FF D9 is the end of the image: FF in pixel data is followed by 00. (Previews lie before it.)
  const auto scan = detail::jpeg_segment(b, [](auto m) { return m == 0xDA; });
  return scan && b.find("\xFF\xD9", static_cast<std::size_t>(*scan)) < b.size();
}

}  // namespace scriba
