#pragma once
// Checkpoints made byte by byte, right and wrong ones alike.

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "support/golden.hpp"

namespace checkpoint {

template <class T>
std::string number(T value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

// --- pickles (protocol 2) ---

inline std::string pickle(const std::string& body) { return "\x80\x02" + body + "."; }
inline std::string text(const std::string& value) { return "X" + number(std::uint32_t(value.size())) + value; }
inline std::string integer(std::int32_t value) { return "J" + number(value); }
inline std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
inline std::string tuple(const std::string& items) { return "(" + items + "t"; }
inline std::string dict(const std::string& items) { return "}(" + items + "u"; }
inline std::string call(const std::string& function, const std::string& arguments) { return function + tuple(arguments) + "R"; }

/// What torch.save writes for a tensor whose storage has `elements` elements.
inline std::string tensor(const std::string& storage_class, const std::string& key, int elements, int offset, const std::string& sizes,
                          const std::string& strides, const std::string& more_id = "") {
  const std::string id = text("storage") + global("torch", storage_class) + text(key) + text("cpu") + integer(elements) + more_id;
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              tuple(id) + "Q" + integer(offset) + tuple(sizes) + tuple(strides) + "\x89" + call(global("collections", "OrderedDict"), ""));
}

// --- zip files, stored ---

using Records = std::vector<std::pair<std::string, std::string>>;

inline std::string zip(const Records& records) {
  std::string out, directory;
  for (const auto& [name, bytes] : records) {
    const std::string middle = number(std::uint16_t{0}) + number(std::uint16_t{0}) + number(std::uint32_t{0}) +
                               number(golden::crc32(bytes)) + number(std::uint32_t(bytes.size())) + number(std::uint32_t(bytes.size())) +
                               number(std::uint16_t(name.size())) + number(std::uint16_t{0});
    directory += number(std::uint32_t{0x02014b50}) + number(std::uint32_t{20}) + middle + number(std::uint16_t{0}) +
                 number(std::uint16_t{0}) + number(std::uint16_t{0}) + number(std::uint32_t{0}) + number(std::uint32_t(out.size())) + name;
    out += number(std::uint32_t{0x04034b50}) + number(std::uint16_t{20}) + middle + name + bytes;
  }
  const auto count = std::uint16_t(records.size());
  const auto offset = std::uint32_t(out.size()), size = std::uint32_t(directory.size());
  return out + directory + number(std::uint32_t{0x06054b50}) + number(std::uint32_t{0}) + number(count) + number(count) + number(size) +
         number(offset) + number(std::uint16_t{0});
}

/// A zip checkpoint of one object, with storages "0", "1", ...
inline std::string zip_of(const std::string& body, const std::vector<std::string>& storages = {}) {
  Records records{{"archive/data.pkl", pickle(body)}};
  for (std::size_t i = 0; i < storages.size(); ++i) records.emplace_back("archive/data/" + std::to_string(i), storages[i]);
  records.emplace_back("archive/version", "3\n");
  return zip(records);
}

// --- the form before PyTorch 1.6 ---

struct LegacyStorage {
  std::string key;
  std::int64_t elements;
  std::string bytes;
};

inline std::string legacy(const std::string& body, const std::vector<LegacyStorage>& storages = {}) {
  const std::string magic = std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);
  std::string keys = "](", data;
  for (const auto& storage : storages) {
    keys += text(storage.key);
    data += number(storage.elements) + storage.bytes;
  }
  return pickle(magic) + pickle("M" + number(std::uint16_t{1001})) + pickle(dict(text("little_endian") + "\x88")) + pickle(body) +
         pickle(keys + "e") + data;
}

inline std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace checkpoint
