#pragma once

#include <cstddef>
#include <cstdint>

namespace scriba {

/// A map in someone else's memory: `rows` rows of `columns` values, `stride` values apart.
template <class T>
struct Span2d {
  T* data{};
  std::int32_t rows{}, columns{};
  std::ptrdiff_t stride{};

  constexpr T* row(std::int32_t y) const { return data + y * stride; }
  constexpr bool empty() const { return rows <= 0 || columns <= 0; }
};

}  // namespace scriba
