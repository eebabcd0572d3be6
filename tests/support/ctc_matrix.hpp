#pragma once
// Frames for tests of CTC decoding.

#include <scriba/text/ctc_frames.hpp>

#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace ctc_test {

using Labels = std::vector<std::int64_t>;

struct Matrix {
  std::int64_t frames, classes;
  std::vector<double> values;

  scriba::ctc::Frames<double> view(scriba::ctc::Values kind) const { return {values.data(), frames, classes, classes, kind}; }
};

inline Matrix random_logits(std::mt19937& random, std::int64_t frames, std::int64_t classes) {
  std::uniform_real_distribution<double> value(-3, 3);
  Matrix out{frames, classes, std::vector<double>(static_cast<std::size_t>(frames * classes))};
  for (double& v : out.values) v = value(random);
  return out;
}

inline Matrix softmax(const Matrix& logits) {
  Matrix out = logits;
  for (std::int64_t t = 0; t < logits.frames; ++t) {
    double* row = out.values.data() + t * logits.classes;
    double sum = 0;
    for (std::int64_t c = 0; c < logits.classes; ++c) sum += row[c] = std::exp(row[c]);
    for (std::int64_t c = 0; c < logits.classes; ++c) row[c] /= sum;
  }
  return out;
}

// Sum over every path: what an exact search would find.
inline std::map<Labels, double> all_texts(const Matrix& probability) {
  std::map<Labels, double> out;
  std::vector<std::int64_t> path(static_cast<std::size_t>(probability.frames), 0);
  for (;;) {
    double p = 1;
    Labels labels;
    for (std::size_t t = 0; t < path.size(); ++t) {
      p *= probability.values[t * static_cast<std::size_t>(probability.classes) + static_cast<std::size_t>(path[t])];
      if (path[t] != 0 && (t == 0 || path[t] != path[t - 1])) labels.push_back(path[t]);
    }
    out[labels] += p;
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == probability.classes) path[t++] = 0;
    if (t == path.size()) return out;
  }
}

}  // namespace ctc_test
