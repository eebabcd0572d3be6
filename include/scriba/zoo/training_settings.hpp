#pragma once

#include <array>
#include <cmath>

namespace scriba::zoo {

enum class OptimizerKind { sgd, rms_prop };

/// How the learning rate falls from epoch to epoch.
enum class RateSchedule {
  poly,  ///< rate * (1 - epoch / epochs) ^ poly_power
  steps  ///< times `step_factor` from each of `step_epochs` on
};

/// How a published configuration was trained, as data: nothing here trains.
struct TrainingSettings {
  OptimizerKind optimizer = OptimizerKind::sgd;
  double rate = 0.002;      ///< learning rate of the first epoch
  double momentum = 0.99;   ///< of SGD
  double smoothing = 0.95;  ///< of RMSprop: how much of the mean square of the gradients is kept at each step
  double weight_decay = 0;  ///< L2, added to the gradients
  RateSchedule schedule = RateSchedule::poly;
  double poly_power = 0.9;
  std::array<int, 4> step_epochs{};  ///< ascending; 0 is no step
  double step_factor = 0.1;
  int epochs = 1200;
  int batch_size = 8;               ///< images
  int crop_size = 640;              ///< side of the square that images are cropped to, pixels; multiple of 64
  int first_validated_epoch = 400;  ///< from here on every epoch is validated; beyond `epochs`: never

  /// Learning rate of an epoch, counted from 0; 0 from `epochs` on in the poly schedule.
  double rate_at(int epoch) const {
    if (schedule == RateSchedule::poly) return epoch < epochs ? rate * std::pow(1 - static_cast<double>(epoch) / epochs, poly_power) : 0;
    double now = rate;
    for (const int step : step_epochs)
      if (step > 0 && epoch >= step) now *= step_factor;
    return now;
  }
};

}  // namespace scriba::zoo
