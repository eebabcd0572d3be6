#pragma once

#include <cmath>
#include <cstdint>

#include <scriba/core/host_device.hpp>

/// One thread's work of modulated deformable convolution: Dai et al., "Deformable Convolutional Networks", ICCV 2017, equations 2 to 4;
/// Zhu et al., "Deformable ConvNets v2", CVPR 2019, equation 1.
///
/// Every tap of the kernel looks at a place of its own at every output position. What it sees there, all channels, is gathered into the
/// rows of a matrix, "columns", and the convolution is one matrix product. Tensors are dense with the channels innermost:
///
///     input    [N, H, W, C]
///     offset   [P, offset groups, taps, 2], rows then columns, in pixels;  P = N x out height x out width positions
///     mask     [P, offset groups, taps], or none
///     columns  [positions at hand, taps, C]
namespace scriba::kernel {

/// Sizes of one convolution. All at least 1, but padding; offset_groups divides channels.
struct DeformSizes {
  std::int64_t channels{}, height{}, width{};  ///< of the input
  std::int64_t out_height{}, out_width{};
  std::int64_t kernel[2]{}, stride[2]{1, 1}, padding[2]{}, dilation[2]{1, 1};  ///< rows, columns
  std::int64_t offset_groups = 1;                                              ///< channels in as many parts, each with offsets of its own

  SCRIBA_HOST_DEVICE std::int64_t taps() const { return kernel[0] * kernel[1]; }
  SCRIBA_HOST_DEVICE std::int64_t group_channels() const { return channels / offset_groups; }
  /// Where offset group and tap of a position stand in `mask`, and twice that in `offset`.
  SCRIBA_HOST_DEVICE std::int64_t offset_index(std::int64_t position, std::int64_t group, std::int64_t tap) const {
    return (position * offset_groups + group) * taps() + tap;
  }
};

/// Bilinear interpolation along one axis between two neighbours. A neighbour outside counts as 0: it gets no weight, and the index of
/// the other one, so that nothing else is read.
template <class T>
struct DeformAxis {
  std::int64_t index[2]{};
  T weight[2]{};  ///< of the two values
  T slope[2]{};   ///< what the weights change by from pixel to pixel

  /// False for a place that has no neighbour inside, and for NaN.
  SCRIBA_HOST_DEVICE bool set(T place, std::int64_t size) {
    if (!(place > T(-1) && place < static_cast<T>(size))) return false;
    const T below = std::floor(place);
    const auto first = static_cast<std::int64_t>(below);
    const bool has_first = first >= 0, has_second = first + 1 < size;
    index[0] = has_first ? first : first + 1;
    index[1] = has_second ? first + 1 : first;
    weight[0] = has_first ? T(1) - (place - below) : T(0);
    weight[1] = has_second ? place - below : T(0);
    slope[0] = has_first ? T(-1) : T(0);
    slope[1] = has_second ? T(1) : T(0);
    return true;
  }
};

/// The four pixels that a tap sees at a position.
template <class T>
struct DeformCorners {
  DeformAxis<T> y, x;
  std::int64_t pixel[4]{};  ///< index of the first channel: top left, top right, bottom left, bottom right
  bool inside = false;

  SCRIBA_HOST_DEVICE DeformCorners(const DeformSizes& s, const T* offset, std::int64_t position, std::int64_t group, std::int64_t tap) {
    const auto column = position % s.out_width, row = position / s.out_width % s.out_height;
    const auto sample = position / (s.out_width * s.out_height);
    const T* const shift = offset + 2 * s.offset_index(position, group, tap);
    const auto top = row * s.stride[0] - s.padding[0] + tap / s.kernel[1] * s.dilation[0];
    const auto left = column * s.stride[1] - s.padding[1] + tap % s.kernel[1] * s.dilation[1];
    inside = y.set(static_cast<T>(top) + shift[0], s.height) && x.set(static_cast<T>(left) + shift[1], s.width);
    for (int i = 0; i < 4; ++i) pixel[i] = ((sample * s.height + y.index[i / 2]) * s.width + x.index[i % 2]) * s.channels;
  }

  SCRIBA_HOST_DEVICE T weight(int i) const { return y.weight[i / 2] * x.weight[i % 2]; }
  SCRIBA_HOST_DEVICE T slope_y(int i) const { return y.slope[i / 2] * x.weight[i % 2]; }
  SCRIBA_HOST_DEVICE T slope_x(int i) const { return y.weight[i / 2] * x.slope[i % 2]; }
};

/// Gathers columns. A call writes channels [begin, end), which lie in one offset group: all of them on a CPU, one on a GPU.
template <class T>
struct DeformSample {
  DeformSizes sizes;
  const T *input, *offset, *mask;  ///< mask: null for ones
  T* columns;
  std::int64_t first;  ///< the position of the first row of `columns`

  SCRIBA_HOST_DEVICE void operator()(std::int64_t position, std::int64_t tap, std::int64_t begin, std::int64_t end) const {
    const auto group = begin / sizes.group_channels();
    const DeformCorners<T> at(sizes, offset, position, group, tap);
    T* const out = columns + ((position - first) * sizes.taps() + tap) * sizes.channels;
    if (!at.inside) {
      for (auto c = begin; c < end; ++c) out[c] = T(0);
      return;
    }
    const T factor = mask ? mask[sizes.offset_index(position, group, tap)] : T(1);
    const T w0 = factor * at.weight(0), w1 = factor * at.weight(1), w2 = factor * at.weight(2), w3 = factor * at.weight(3);
    const T *const p0 = input + at.pixel[0], *const p1 = input + at.pixel[1], *const p2 = input + at.pixel[2],
                   *const p3 = input + at.pixel[3];
    for (auto c = begin; c < end; ++c) out[c] = w0 * p0[c] + w1 * p1[c] + w2 * p2[c] + w3 * p3[c];
  }
};

/// Adds where no other thread does.
struct PlainAdd {
  template <class T>
  SCRIBA_HOST_DEVICE void operator()(T* sum, T value) const {
    *sum += value;
  }
};

/// From the gradient of columns to that of the input, which is added to. Several positions see one pixel: threads must either keep to
/// channels of their own or bring an `Add` that is atomic.
template <class T, class Add = PlainAdd>
struct DeformInputGradient {
  DeformSizes sizes;
  const T *offset, *mask, *grad_columns;
  T* grad_input;
  std::int64_t first;

  SCRIBA_HOST_DEVICE void operator()(std::int64_t position, std::int64_t tap, std::int64_t begin, std::int64_t end) const {
    const auto group = begin / sizes.group_channels();
    const DeformCorners<T> at(sizes, offset, position, group, tap);
    if (!at.inside) return;
    const T* const grad = grad_columns + ((position - first) * sizes.taps() + tap) * sizes.channels;
    const T factor = mask ? mask[sizes.offset_index(position, group, tap)] : T(1);
    for (int i = 0; i < 4; ++i) {
      const T weight = factor * at.weight(i);
      if (weight == T(0)) continue;
      for (auto c = begin; c < end; ++c) Add()(grad_input + at.pixel[i] + c, weight * grad[c]);
    }
  }
};

/// From the gradient of columns to those of the offsets and masks of one tap and offset group, which are written. Between pixels the
/// interpolation has a kink: on a pixel the gradient is that towards the next one.
template <class T>
struct DeformOffsetGradient {
  DeformSizes sizes;
  const T *input, *offset, *mask, *grad_columns;
  T *grad_offset, *grad_mask;  ///< grad_mask: null without a mask
  std::int64_t first;

  SCRIBA_HOST_DEVICE void operator()(std::int64_t position, std::int64_t tap, std::int64_t group) const {
    const auto place = sizes.offset_index(position, group, tap);
    const DeformCorners<T> at(sizes, offset, position, group, tap);
    T value = 0, down = 0, right = 0;
    if (at.inside) {
      const T* const grad = grad_columns + ((position - first) * sizes.taps() + tap) * sizes.channels;
      const auto begin = group * sizes.group_channels(), end = begin + sizes.group_channels();
      for (int i = 0; i < 4; ++i) {
        const T* const pixel = input + at.pixel[i];
        T sum = 0;
        for (auto c = begin; c < end; ++c) sum += pixel[c] * grad[c];
        value += at.weight(i) * sum, down += at.slope_y(i) * sum, right += at.slope_x(i) * sum;
      }
    }
    const T factor = mask ? mask[place] : T(1);
    grad_offset[2 * place] = factor * down;
    grad_offset[2 * place + 1] = factor * right;
    if (grad_mask) grad_mask[place] = value;
  }
};

}  // namespace scriba::kernel
