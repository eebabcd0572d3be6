#pragma once

#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <ATen/core/Tensor.h>

#include <scriba/core/error.hpp>

namespace scriba {

/// One output of a network by name, as engines return them.
struct NamedTensor {
  std::string name;
  at::Tensor value;
};
using NamedTensors = std::vector<NamedTensor>;

namespace nn {

/// A named member of a head's output. `trained_only` ones are undefined outside training and never exported.
template <class Output>
struct OutputField {
  std::string_view name;
  at::Tensor Output::*member;
  bool trained_only = false;
};

}  // namespace nn

/// What a head returns: an aggregate of tensors that lists its members, so that engines, export and reports can name them.
///
///     struct Maps {
///       at::Tensor shrink;  // [N, 1, H, W]
///       static constexpr auto fields() { return std::array{nn::OutputField<Maps>{"shrink", &Maps::shrink}}; }
///     };
template <class O>
concept NamedOutput = std::is_aggregate_v<O> && std::default_initializable<O> && requires {
  { O::fields()[0] } -> std::convertible_to<nn::OutputField<O>>;
  { O::fields().size() } -> std::convertible_to<std::size_t>;
};

/// The defined members of an output, in the order of its fields.
template <NamedOutput O>
NamedTensors named_tensors(const O& output) {
  NamedTensors out;
  for (const auto& field : O::fields())
    if ((output.*field.member).defined()) out.push_back({std::string(field.name), output.*field.member});
  return out;
}

/// The output that an engine's tensors stand for: matched by name, or by position when the file names none of the fields
/// (files of other projects name their outputs after graph nodes). Throws Error when neither fits.
template <NamedOutput O>
O output_from(const NamedTensors& tensors) {
  O output;
  bool any = false;
  for (const auto& field : O::fields())
    for (const auto& tensor : tensors)
      if (tensor.name == field.name) {
        output.*field.member = tensor.value;
        any = true;
      }
  if (!any) {
    std::size_t next = 0;
    for (const auto& field : O::fields())
      if (!field.trained_only && next < tensors.size()) output.*field.member = tensors[next++].value;
  }
  // Named outputs are taken as they come: an engine may have reduced them. Without any there is nothing to read.
  for (const auto& field : O::fields())
    if (!any && !field.trained_only && !(output.*field.member).defined())
      throw Error({.what = "the network's outputs do not fit this model",
                   .where = "output " + std::string(field.name),
                   .expected = std::to_string(O::fields().size()) + " outputs",
                   .got = std::to_string(tensors.size())});
  return output;
}

}  // namespace scriba
