#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/StringUtil.h>

#include <scriba/core/error.hpp>

namespace scriba::loss {

/// Throws Error unless `tensor` has this shape. Without it broadcasting could pair every sample with every other, and say nothing.
inline void require_shape(const char* where, const at::Tensor& tensor, at::IntArrayRef expected) {
  if (tensor.defined() && tensor.sizes() == expected) return;
  throw Error({.what = "the loss cannot compare these maps",
               .where = where,
               .expected = "shape " + c10::str(expected),
               .got = tensor.defined() ? "shape " + c10::str(tensor.sizes()) : "no tensor"});
}

}  // namespace scriba::loss
