#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

namespace scriba::io {

struct Value;

using List = std::vector<Value>;

/// A Python tuple, or a torch.Size.
struct Tuple {
  List items;
};

/// A Python dict of any kind: entries in insertion order.
struct Dict {
  std::vector<std::pair<Value, Value>> entries;

  /// The value of a text key, or null.
  const Value* find(std::string_view key) const;
  /// Replaces the value of a text key, or appends it.
  void set(std::string key, Value value);
  std::size_t size() const;
};

struct Bytes {
  std::string data;
};

/// What a checkpoint holds besides tensors: one plain Python value.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, at::Tensor, List, Tuple, Dict> data;

  Value() = default;  ///< None
  Value(bool value) : data(value) {}
  Value(int value) : data(std::int64_t{value}) {}
  Value(std::int64_t value) : data(value) {}
  Value(double value) : data(value) {}
  Value(const char* value) : data(std::string(value)) {}
  Value(std::string value) : data(std::move(value)) {}
  Value(Bytes value) : data(std::move(value)) {}
  Value(at::Tensor value) : data(std::move(value)) {}
  Value(List value) : data(std::move(value)) {}
  Value(Tuple value) : data(std::move(value)) {}
  Value(Dict value) : data(std::move(value)) {}
  /// A list of texts or of numbers.
  template <class T>
  explicit Value(const std::vector<T>& values) : data(List(values.begin(), values.end())) {}

  /// The value as a T, or null when it is something else: `value.get<std::string>()`.
  template <class T>
  const T* get() const {
    return std::get_if<T>(&data);
  }
  bool none() const { return data.index() == 0; }
  /// "int", "dict", ...: Python's word for what this is.
  const char* type_name() const {
    constexpr const char* kNames[] = {"None", "bool", "int", "float", "str", "bytes", "tensor", "list", "tuple", "dict"};
    return kNames[data.index()];
  }
};

inline std::size_t Dict::size() const { return entries.size(); }

inline const Value* Dict::find(std::string_view key) const {
  for (const auto& [name, value] : entries)
    if (const auto* text = name.get<std::string>(); text && *text == key) return &value;
  return nullptr;
}

inline void Dict::set(std::string key, Value value) {
  for (auto& [name, old] : entries)
    if (const auto* text = name.get<std::string>(); text && *text == key) {
      old = std::move(value);
      return;
    }
  entries.emplace_back(std::move(key), std::move(value));
}

}  // namespace scriba::io
