#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/nn/module.h>

#include <scriba/deploy/metadata.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/nn/named_output.hpp>

namespace scriba::deploy {

/// An input or output of a network.
struct Port {
  std::string name;
  std::vector<std::int64_t> dims;  ///< -1: any size
  at::ScalarType type = at::kFloat;
};

/// A network as a TorchScript module, with what it needs to be used elsewhere.
///
/// The module tree, parameters and buffers have the names of the model's state_dict. `forward` takes [N, C, H, W] and returns one tensor,
/// or a tuple in the order of `outputs`. Weights are copies: training the model further changes nothing here.
struct Traced {
  torch::jit::Module module;
  Port input;                 ///< `image`; axes are open where another size gave what the network gives
  std::vector<Port> outputs;  ///< in the order of the head's fields, under their names
  Metadata metadata;
  at::Tensor example;  ///< what it was traced with
};

/// The sizes [N, C, H, W] at which a record must give what the network gives. Those that the network itself refuses do not count.
using BatchSizes = std::vector<std::vector<std::int64_t>>;

namespace detail {
// Twice the images, twice the width and, if it may change, twice the height.
BatchSizes other_sizes(const at::Tensor& example, bool any_height);
}  // namespace detail

/// Records what `forward` does with `example` [N, C, H, W], and runs the record at other sizes: results may differ from the network's by
/// 1e-4, or by that part of the largest value. `module` owns the parameters. Throws Error for a network in training mode, and for a record
/// that is not as good as the network at one of `others`.
Traced trace(const torch::nn::Module& module, const std::function<NamedTensors(const at::Tensor&)>& forward, const at::Tensor& example,
             const BatchSizes& others);

/// The same of a composed model, a Detector or a Recognizer, proved with twice the images, twice the width and, of detectors, twice the
/// height. Without settings.
template <class Model>
Traced trace(const Model& model, const at::Tensor& example) {
  constexpr bool any_height = std::same_as<std::remove_cvref_t<decltype(model.options().input)>, DetectorInput>;
  const auto forward = [&](const at::Tensor& images) { return named_tensors(model.forward(model.like_parameters(images))); };
  return trace(model, forward, example, detail::other_sizes(example, any_height));
}

/// The same with the model's settings. `architecture` names the composition.
template <class Model>
Traced trace(const Model& model, const at::Tensor& example, std::string architecture) {
  auto traced = trace(model, example);
  traced.metadata.merge(metadata_of(model, std::move(architecture)));
  return traced;
}

/// The form for running: weights are constants of the graph, convolutions take in what follows them, attributes are gone.
Traced frozen(const Traced& traced);

/// Writes a TorchScript file, which `torch.jit.load` of PyTorch and engine::TorchScript read; the metadata are extra files of it. The file
/// appears whole or not at all. Throws Error when it cannot be written.
void save_torchscript(const std::filesystem::path& path, const Traced& traced);

/// The same in the form for LibTorch-Lite on phones, `_load_for_mobile`.
void save_mobile(const std::filesystem::path& path, const Traced& traced);

}  // namespace scriba::deploy
