#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include <scriba/core/error.hpp>

namespace scriba::io {

namespace detail {

inline std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (const auto size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

}  // namespace detail

/// Named tensors in the order in which they were written, found by name: what a checkpoint holds and a network takes.
class StateDict {
 public:
  using Entry = std::pair<std::string, at::Tensor>;

  /// Throws Error for a name that is there already.
  void add(std::string name, at::Tensor tensor) {
    if (!index_.emplace(name, entries_.size()).second) throw Error({.what = "the same name twice in a state_dict", .where = name});
    entries_.emplace_back(std::move(name), std::move(tensor));
  }

  /// The tensor, or null when there is none of that name.
  const at::Tensor* find(std::string_view name) const {
    const auto found = index_.find(std::string(name));
    return found == index_.end() ? nullptr : &entries_[found->second].second;
  }

  /// The tensor. Throws Error when there is none of that name.
  const at::Tensor& at(std::string_view name) const {
    if (const auto* tensor = find(name)) return *tensor;
    throw Error({.what = "no such tensor in the state_dict", .where = std::string(name), .got = std::to_string(size()) + " other names"});
  }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace scriba::io
