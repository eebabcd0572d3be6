#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

namespace scriba::train {

/// How the learning rate changes over a training run.
enum class RateKind {
  constant,
  poly,             ///< rate * (1 - t / length) ^ power
  steps,            ///< times `step_factor` from each of `step_at` on
  cosine,           ///< from `rate` to `floor` * rate along half a wave
  cosine_restarts,  ///< the same over each `period`; every restart begins at `restart_factor` times the one before
};

/// As command lines call it: "constant", "poly", "steps", "cosine", "cosine-restarts".
constexpr std::string_view rate_name(RateKind kind) {
  switch (kind) {
    case RateKind::constant:
      return "constant";
    case RateKind::poly:
      return "poly";
    case RateKind::steps:
      return "steps";
    case RateKind::cosine:
      return "cosine";
    case RateKind::cosine_restarts:
      break;
  }
  return "cosine-restarts";
}

/// A learning rate as a function of time. Times are steps or epochs, whichever the caller counts in.
///
/// Cosine: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.
struct RateSchedule {
  RateKind kind = RateKind::cosine;
  double rate = 0.001;
  double length = 1;                ///< of the whole run; poly and cosine
  double warm_up = 0;               ///< the rate grows linearly over this time first; the schedule begins after it
  double power = 0.9;               ///< poly
  std::array<double, 4> step_at{};  ///< ascending; 0 is no step
  double step_factor = 0.1;
  double floor = 0.01;          ///< of `rate`, where cosine ends
  double period = 1;            ///< cosine_restarts, above 0
  double restart_factor = 0.7;  ///< cosine_restarts

  bool operator==(const RateSchedule&) const = default;
};

/// The learning rate at time `t`, 0 or later. Beyond `length`: 0 for poly, the floor for cosine.
inline double rate_at(const RateSchedule& schedule, double t) {
  const double rate = schedule.rate, lowest = schedule.floor * rate;
  const auto wave = [&](double top, double share) { return lowest + (top - lowest) * (1 + std::cos(std::numbers::pi * share)) / 2; };
  if (t < schedule.warm_up) return rate * (t + 1) / (schedule.warm_up + 1);
  t -= schedule.warm_up;
  const double left = schedule.length - schedule.warm_up;
  const double share = left > 0 ? std::clamp(t / left, 0.0, 1.0) : 1;
  switch (schedule.kind) {
    case RateKind::poly:
      return rate * std::pow(1 - share, schedule.power);
    case RateKind::cosine:
      return wave(rate, share);
    case RateKind::cosine_restarts: {
      const double restarts = std::floor(t / schedule.period);
      return wave(rate * std::pow(schedule.restart_factor, restarts), t / schedule.period - restarts);
    }
    case RateKind::steps: {
      double now = rate;
      for (const double at : schedule.step_at)
        if (at > 0 && t + schedule.warm_up >= at) now *= schedule.step_factor;
      return now;
    }
    case RateKind::constant:
      break;
  }
  return rate;
}

}  // namespace scriba::train
