#pragma once

#include <scriba/train/optimizer_settings.hpp>
#include <scriba/train/rate_schedule.hpp>

namespace scriba::zoo {

/// How a published configuration was trained, as data: nothing here trains. The schedule counts in epochs, its length is the number of
/// epochs.
struct TrainingSettings {
  train::OptimizerSettings optimizer{.kind = train::OptimizerKind::sgd, .momentum = 0.99, .decay_norms_and_biases = true};
  train::RateSchedule schedule{.kind = train::RateKind::poly, .rate = 0.002, .length = 1200};
  int batch_size = 8;               ///< images
  int crop_size = 640;              ///< side of the square that images are cropped to, pixels; multiple of 64
  int first_validated_epoch = 400;  ///< after so many every epoch is validated; beyond the last: the programs do it at the end
};

}  // namespace scriba::zoo
