#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <scriba/core/error.hpp>

namespace scriba::ctc {

/// What the numbers of a frame are.
enum class Values {
  probability,      ///< 0..1
  logit,            ///< before the softmax
  log_probability,  ///< after a log-softmax
};

/// A view of what a CTC head returns for one crop: `frames` rows of `classes` numbers, rows `stride` numbers apart.
template <class T>
struct Frames {
  const T* data{};
  std::int64_t frames{}, classes{}, stride{};
  Values values = Values::probability;

  const T* row(std::int64_t t) const { return data + t * stride; }
};

namespace detail {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

// Largest value of a row without NaN; minus infinity when there is none. Lanes, since one chain of compares would wait for itself.
template <class T>
T largest_of(const T* row, std::int64_t classes) {
  constexpr std::int64_t kLanes = 16;
  T lane[kLanes];
  std::fill(lane, lane + kLanes, -std::numeric_limits<T>::infinity());
  std::int64_t c = 0;
  for (; c + kLanes <= classes; c += kLanes)
    for (std::int64_t i = 0; i < kLanes; ++i) lane[i] = row[c + i] > lane[i] ? row[c + i] : lane[i];
  T largest = *std::max_element(lane, lane + kLanes);
  for (; c < classes; ++c) largest = row[c] > largest ? row[c] : largest;
  return largest;
}

// log of the softmax's denominator, without its largest term's exponent: log sum exp(x - largest). NaN counts as impossible.
// Terms below e^-40 cannot change a sum that holds a 1, whatever the number of classes; most of a trained row are such.
template <class T>
double log_sum(const T* row, std::int64_t classes, T largest) {
  if (std::isinf(largest)) return 0;
  const T negligible = largest - 40;
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c)
    if (row[c] > negligible) sum += std::exp(static_cast<double>(row[c]) - static_cast<double>(largest));
  return std::log(sum);
}

template <class T>
void require_frames(const Frames<T>& frames) {
  if (frames.frames < 0 || frames.classes < 1 || frames.stride < frames.classes || (frames.frames > 0 && !frames.data))
    throw Error({.what = "cannot decode frames",
                 .expected = "at least one class and rows at least that far apart",
                 .got = std::to_string(frames.frames) + " frames of " + std::to_string(frames.classes) + " classes, stride " +
                        std::to_string(frames.stride)});
}

// Log-probabilities of one frame, of any class on demand. NaN counts as impossible.
template <class T>
class LogProbabilities {
 public:
  explicit LogProbabilities(const Frames<T>& frames) : frames_(frames) {}

  void read(std::int64_t t) {
    row_ = frames_.row(t);
    if (frames_.values == Values::logit) {
      const T largest = largest_of(row_, frames_.classes);
      scale_ = static_cast<double>(largest) + log_sum(row_, frames_.classes, largest);
    }
  }

  double operator()(std::int64_t c) const {
    const double value = static_cast<double>(row_[c]);
    const double out = frames_.values == Values::probability ? std::log(value) : value - scale_;
    return std::isnan(out) ? kImpossible : out;
  }

  const T* row() const { return row_; }

 private:
  const Frames<T>& frames_;
  const T* row_ = nullptr;
  double scale_ = 0;
};

}  // namespace detail

}  // namespace scriba::ctc
