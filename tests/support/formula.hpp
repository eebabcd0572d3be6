#pragma once
// The formula weights and inputs of the reference networks (shared/golden/README.md) as tensors, and comparison with stored values.

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/io/weights.hpp>
#include "support/golden.hpp"
#include "support/tensors.hpp"

namespace golden {

/// u(name, i) for every element of a contiguous double tensor.
inline at::Tensor uniform_tensor(std::string_view name, at::IntArrayRef shape) {
  auto out = at::empty(shape, at::kDouble);
  const auto crc = crc32(name);
  auto* value = out.data_ptr<double>();
  for (std::int64_t i = 0; i < out.numel(); ++i) value[i] = uniform(crc, static_cast<std::uint64_t>(i));
  return out;
}

/// What the formula gives for the reference's parameter or buffer `name`, in double. `transposed`: the weight of a transposed convolution.
inline at::Tensor formula_tensor(const std::string& name, at::IntArrayRef shape, bool transposed) {
  const auto last = std::string_view(name).substr(name.rfind('.') + 1);
  if (last == "num_batches_tracked") return at::zeros(shape, at::kLong);
  const auto u = uniform_tensor(name, shape);
  if (last == "running_var") return 0.5 + u;
  if (last == "running_mean" || last.starts_with("bias")) return 0.2 * u - 0.1;
  if (last.starts_with("weight_ih") || last.starts_with("weight_hh")) return (2 * u - 1) / std::sqrt(static_cast<double>(shape[0] / 4));
  if (shape.size() < 2) return 0.5 + u;
  const bool depthwise = shape.size() > 2 && !transposed && shape[1] == 1 && name.find("dw_conv") == std::string::npos;
  const double gain = shape.size() == 2 ? 1.0 : depthwise ? 1.4 : 0.7;
  const double fan_in = static_cast<double>(transposed ? shape[0] : u.numel() / shape[0]);
  return (2 * u - 1) * (std::sqrt(6 / fan_in) * gain);
}

/// Our dotted name -> the reference's.
using ReferenceName = std::function<std::string(const std::string&)>;

/// Gives every parameter and buffer of a module its formula value under the reference's name for it.
/// `transposed`: reference names of the weights of transposed convolutions (`conv_transpose_weights` of a case).
inline void fill_with_formula(torch::nn::Module& module, const ReferenceName& reference_name,
                              const std::vector<std::string>& transposed = {}) {
  const torch::NoGradGuard no_gradients;
  std::vector<scriba::io::StateDict::Entry> state;
  scriba::io::detail::collect(module, "", state);
  for (auto& [name, tensor] : state) {
    const auto reference = reference_name(name);
    const bool is_transposed = std::find(transposed.begin(), transposed.end(), reference) != transposed.end();
    tensor.copy_(formula_tensor(reference, tensor.sizes(), is_transposed));
  }
}

/// Network input: 2u - 1 in double, from the `input` member of a case.
inline at::Tensor formula_input(const nlohmann::json& input) {
  return 2 * uniform_tensor(input.at("name").get<std::string>(), input.at("shape").get<std::vector<std::int64_t>>()) - 1;
}

/// The sum of value_i (2 u(name, i) - 1) over the flattened tensor: one number that depends on every element and its place.
inline double projection(const at::Tensor& value, std::string_view name) {
  return (value.detach().to(at::kDouble).contiguous() * (2 * uniform_tensor(name, value.sizes()) - 1)).sum().item<double>();
}

/// Compares a tensor with the stored `key` or its thinned form `key@k`: largest difference over the largest stored value.
/// Fails the test when nothing is stored under that key.
inline double relative_difference(const std::map<std::string, at::Tensor>& stored, const std::string& key, const at::Tensor& got) {
  for (const auto& [name, expected] : stored) {
    const bool thinned = name.starts_with(key + "@");
    if (name != key && !thinned) continue;
    auto value = got.detach().contiguous();
    if (thinned) value = value.flatten().slice(0, 0, value.numel(), std::stoll(name.substr(key.size() + 1)));
    return largest_difference(value, expected.reshape(value.sizes())) / expected.abs().max().item<double>();
  }
  FAIL_CHECK("no stored value for ", key);
  return std::numeric_limits<double>::infinity();
}

}  // namespace golden
