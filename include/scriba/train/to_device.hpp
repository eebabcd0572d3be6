#pragma once

#include <concepts>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace scriba::train {

/// A loss's target on a device, for the network that is there. Moved are a target that is one tensor, and the tensors that a target names
/// with `tensors()`; what else it has stays where it is (CtcTarget, whose loss checks it on the CPU).
template <class Target>
Target to_device(Target target, const at::Device& device) {
  if constexpr (std::same_as<Target, at::Tensor>) {
    if (target.defined()) target = target.to(device);
  } else if constexpr (requires { target.tensors(); }) {
    for (at::Tensor* tensor : target.tensors())
      if (tensor->defined()) *tensor = tensor->to(device);
  }
  return target;
}

}  // namespace scriba::train
