#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include <scriba/core/error.hpp>
#include <scriba/io/state_dict.hpp>
#include <scriba/io/value.hpp>

namespace scriba::io {

/// Weights between those of two states of one network: (1 - share) `weights` + share `other`; whole numbers are those of `weights`.
///
/// A network that was fine-tuned on little data, blended with the one that it began as, is often better than both, on new data above all:
/// Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022. Throws Error for a share outside 0 .. 1, and for names or shapes
/// that differ: networks of one architecture and form are needed.
inline StateDict blended(const StateDict& weights, const StateDict& other, double share) {
  if (!(share >= 0 && share <= 1))
    throw Error({.what = "cannot blend weights", .where = "share", .expected = "0 .. 1", .got = std::to_string(share)});
  const auto differ = [](std::string where, std::string expected, std::string got) {
    return Error({.what = "cannot blend weights of different networks",
                  .where = std::move(where),
                  .expected = std::move(expected),
                  .got = std::move(got)});
  };
  if (weights.size() != other.size()) throw differ({}, std::to_string(weights.size()) + " tensors", std::to_string(other.size()));
  StateDict out;
  for (const auto& [name, tensor] : weights) {
    const auto* second = other.find(name);
    if (!second) throw differ(name, "a tensor of this name in both", "it in one");
    if (second->sizes() != tensor.sizes())
      throw differ(name, "shape " + detail::shape_text(tensor.sizes()), "shape " + detail::shape_text(second->sizes()));
    if (tensor.is_floating_point())
      out.add(name, tensor.to(at::kDouble).lerp(second->to(at::kDouble), share).to(tensor.scalar_type()));
    else
      out.add(name, tensor);
  }
  return out;
}

/// The same values in the same order; tensors of one type and shape that are equal everywhere.
inline bool same(const Value& a, const Value& b) {
  const auto all = [](const List& x, const List& y) { return std::equal(x.begin(), x.end(), y.begin(), y.end(), same); };
  if (a.data.index() != b.data.index()) return false;
  return std::visit(
      [&]<class T>(const T& value) {
        const T& other = std::get<T>(b.data);
        if constexpr (std::is_same_v<T, at::Tensor>)
          return value.defined() == other.defined() &&
                 (!value.defined() || (value.scalar_type() == other.scalar_type() && at::equal(value, other)));
        else if constexpr (std::is_same_v<T, List>)
          return all(value, other);
        else if constexpr (std::is_same_v<T, Tuple>)
          return all(value.items, other.items);
        else if constexpr (std::is_same_v<T, Dict>)
          return std::equal(value.entries.begin(), value.entries.end(), other.entries.begin(), other.entries.end(),
                            [](const auto& x, const auto& y) { return same(x.first, y.first) && same(x.second, y.second); });
        else if constexpr (std::is_same_v<T, Bytes>)
          return value.data == other.data;
        else
          return value == other;
      },
      a.data);
}

}  // namespace scriba::io
