#pragma once

#include <concepts>
#include <type_traits>

#include <ATen/ops/rand.h>

#include <scriba/deploy/trace.hpp>
#include <scriba/engine/any.hpp>
#include <scriba/engine/options.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/image/normalize.hpp>

namespace scriba::deploy {

/// A recorded network in another engine, without a file that stays: what an engine needs is written to the system's folder for temporary
/// files and is gone when this returns. Kind::automatic: OpenVINO, or LibTorch in a build without it. In errors, and in TensorRT's cache,
/// the network has the name of its architecture, or `network`. Throws Error for an engine that this build lacks or that cannot run the
/// network.
engine::Any run_by(const Traced& traced, const engine::Choice& choice = {});

/// The same of a composed model, a Detector or a Recognizer, in evaluation mode.
template <class Model>
engine::Any run_by(const Model& model, const engine::Choice& choice = {}) {
  const auto& input = model.options().input;
  at::Tensor example;
  if constexpr (std::same_as<std::remove_cvref_t<decltype(input)>, DetectorInput>)
    example = at::rand({1, 3, 128, 128});
  else
    example = at::rand({1, plane_count(input.normalization.order), input.size.height, 2 * input.size.height});
  // TensorRT prepares for the sizes that the settings tell.
  if constexpr (requires { postprocess_name(model.options().postprocess); })
    return run_by(trace(model, example, "network"), choice);
  else
    return run_by(trace(model, example), choice);
}

}  // namespace scriba::deploy
