#pragma once

#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>

#include <scriba/nn/named_output.hpp>

namespace scriba::train {

/// As long as one lives, convolutions and matrix products of this thread run in bfloat16 (torch's autocast) on that device.
class Bfloat16 {
 public:
  explicit Bfloat16(at::DeviceType device)
      : device_(device), enabled_(at::autocast::is_autocast_enabled(device)), type_(at::autocast::get_autocast_dtype(device)) {
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::increment_nesting();
  }
  ~Bfloat16() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, enabled_);
    at::autocast::set_autocast_dtype(device_, type_);
  }
  Bfloat16(const Bfloat16&) = delete;
  Bfloat16& operator=(const Bfloat16&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_;
  at::ScalarType type_;
};

/// A network's outputs in float; with `bfloat16` its convolutions run in that type, and losses, which need the precision, do not.
template <class Model>
typename Model::Output forward(const Model& model, const at::Tensor& images, bool bfloat16) {
  if (!bfloat16) return model.forward(images);
  auto output = [&] {
    const Bfloat16 half(images.device().type());
    return model.forward(images);
  }();
  for (const auto& field : Model::Output::fields())
    if (auto& tensor = output.*field.member; tensor.defined()) tensor = tensor.to(images.scalar_type());
  return output;
}

}  // namespace scriba::train
