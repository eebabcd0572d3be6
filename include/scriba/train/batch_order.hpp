#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/data/mix.hpp>

namespace scriba::train {

struct BatchOrderOptions {
  int batch_size = 8;
  std::uint64_t seed = 0;
  std::size_t process = 0, processes = 1;  ///< this one's share of every epoch, in data parallel training
};

/// Which samples each batch of a training run has. Batches are numbered from 0 on over all epochs; which samples one has depends on the
/// sets, the options and its number alone. An epoch is data::mixed_epoch(); what does not fill its last batch is left out.
/// Safe from several threads at once.
class BatchOrder {
 public:
  struct Sample {
    data::Pick pick;
    std::int64_t epoch{};
    std::int64_t index{};  ///< in the epoch, over all processes: with epoch and seed the key to the sample's random numbers
  };

  /// Throws Error when the sets hold less than a batch for each process.
  BatchOrder(std::vector<data::MixedSet> sets, BatchOrderOptions options) : sets_(std::move(sets)), options_(options) {
    if (options.batch_size < 1)
      throw Error(
          {.what = "cannot make batches", .where = "batch_size", .expected = "1 or more", .got = std::to_string(options.batch_size)});
    const auto size = epoch(0)->size();
    per_epoch_ = static_cast<std::int64_t>(size) / options.batch_size;
    if (per_epoch_ < 1)
      throw Error({.what = "too few samples",
                   .expected = "a batch of " + std::to_string(options.batch_size) + " for each process",
                   .got = std::to_string(size)});
  }

  std::int64_t per_epoch() const { return per_epoch_; }
  std::uint64_t seed() const { return options_.seed; }

  std::vector<Sample> batch(std::int64_t number) {
    const std::int64_t number_of_epoch = number / per_epoch_, first = number % per_epoch_ * options_.batch_size;
    const auto picks = epoch(number_of_epoch);
    std::vector<Sample> out;
    for (std::int64_t i = first; i < first + options_.batch_size; ++i)
      out.push_back({(*picks)[static_cast<std::size_t>(i)], number_of_epoch,
                     i * static_cast<std::int64_t>(options_.processes) + static_cast<std::int64_t>(options_.process)});
    return out;
  }

 private:
  using Picks = std::vector<data::Pick>;

  // Orders are kept for an epoch and its neighbours, which loader threads work on at the same time.
  std::shared_ptr<const Picks> epoch(std::int64_t number) {
    const std::scoped_lock lock(mutex_);
    auto& found = epochs_[number];
    if (!found)
      found = std::make_shared<const Picks>(
          data::shard<data::Pick>(data::mixed_epoch(sets_, options_.seed, number), options_.process, options_.processes));
    const auto out = found;
    while (epochs_.size() > 3) epochs_.erase(epochs_.begin()->first == number ? std::prev(epochs_.end()) : epochs_.begin());
    return out;
  }

  std::vector<data::MixedSet> sets_;
  BatchOrderOptions options_;
  std::int64_t per_epoch_ = 0;
  std::mutex mutex_;  // guards epochs_
  std::map<std::int64_t, std::shared_ptr<const Picks>> epochs_;
};

}  // namespace scriba::train
