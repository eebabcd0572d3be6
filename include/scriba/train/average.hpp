#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>
#include <torch/nn/module.h>

#include <scriba/core/error.hpp>
#include <scriba/io/state_dict.hpp>
#include <scriba/io/weights.hpp>

namespace scriba::train {

/// The exponential moving average of a network's parameters and statistics over the steps of training; it mostly evaluates better than
/// the last step's (Polyak and Juditsky, 1992). Early steps, whose weights are far off, are forgotten sooner: at step t the average keeps
/// min(decay, (1 + t) / (10 + t)).
class Average {
 public:
  /// Begins with the module's present weights. `decay` 0..1, 1 excluded.
  Average(const torch::nn::Module& module, double decay) : decay_(decay) {
    if (!(decay >= 0 && decay < 1))
      throw Error({.what = "cannot average weights", .where = "decay", .expected = "0 .. 1, 1 excluded", .got = std::to_string(decay)});
    const at::NoGradGuard no_gradients;
    io::detail::collect(module, "", live_);
    for (const auto& [name, tensor] : live_) {
      kept_.push_back(tensor.detach().clone());
      if (!tensor.is_floating_point()) continue;
      floats_.push_back(kept_.back());
      live_floats_.push_back(tensor.detach());
    }
  }

  /// After step number `step`, counted from 0.
  void update(std::int64_t step) {
    const at::NoGradGuard no_gradients;
    const auto t = static_cast<double>(step);
    const double keep = std::min(decay_, (1 + t) / (10 + t));
    at::_foreach_lerp_(floats_, live_floats_, 1 - keep);
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (!kept_[i].is_floating_point()) kept_[i].copy_(live_[i].second);  // counters
  }

  /// The averaged weights are put into the module as long as this object lives: for evaluation, and for writing them to a file.
  class InPlace {
   public:
    explicit InPlace(Average& average) : average_(average) { average_.exchange(); }
    ~InPlace() { average_.exchange(); }
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;

   private:
    Average& average_;
  };

  io::StateDict weights() const {
    io::StateDict out;
    for (std::size_t i = 0; i < kept_.size(); ++i) out.add(live_[i].first, kept_[i]);
    return out;
  }
  /// Throws Error when a tensor is missing or of another shape.
  void set_weights(const io::StateDict& weights) {
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const auto& value = weights.at(live_[i].first);
      if (value.sizes() != kept_[i].sizes())
        throw Error({.what = "averaged weights do not fit the network",
                     .where = live_[i].first,
                     .expected = "shape " + io::detail::shape_text(kept_[i].sizes()),
                     .got = "shape " + io::detail::shape_text(value.sizes())});
      kept_[i].copy_(value);
    }
  }

 private:
  void exchange() {
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const auto now = live_[i].second.detach().clone();
      live_[i].second.detach().copy_(kept_[i]);
      kept_[i].copy_(now);
    }
  }

  double decay_;
  std::vector<io::StateDict::Entry> live_;
  std::vector<at::Tensor> kept_;                  // in the order of live_
  std::vector<at::Tensor> floats_, live_floats_;  // those of them that are averaged: the same memory
};

}  // namespace scriba::train
