#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <scriba/train/process_group.hpp>
#include <scriba/train/trainer.hpp>

namespace scriba::train {

struct DataParallelOptions {
  std::size_t bucket_bytes = 25u << 20;  ///< gradients that travel together
  int accumulate = 1;                    ///< backward passes of a step; with a Trainer: the trainer's
};

/// Gives all processes the same gradients: their mean. Each process trains a network of its own on its own share of every batch (see
/// BatchOrderOptions); since all start alike and learn from the same gradients, the networks stay the same, bit for bit.
///
/// Gradients travel in buckets, in the order in which backward made them in the first step. A bucket starts as soon as its gradients are
/// there, while backward goes on (Li et al., "PyTorch Distributed", VLDB 2020). A parameter that has a gradient in no process keeps none.
///
/// Where the loss is a mean over samples, the result is that of one process with a batch that has the samples of all. A loss that is
/// normalised in another way within a batch (by its number of text pixels, say) is normalised within each process's share instead.
class DataParallel {
 public:
  /// What a Trainer needs to be one of several: call it when the trainer is as it is to begin with, and keep it as long as the trainer
  /// makes steps. Losses of steps are means over the processes; all skip a step when one had to.
  DataParallel(ProcessGroup group, Trainer& trainer, DataParallelOptions options = {});
  /// Without a Trainer. Gives the module of every process the weights and buffers of process 0's. `parameters` are those that learn; one
  /// that is not in the module is taken from process 0, too. All processes call it with the same networks.
  DataParallel(ProcessGroup group, torch::nn::Module& module, const std::vector<at::Tensor>& parameters,
               const DataParallelOptions& options = {});
  ~DataParallel();
  DataParallel(const DataParallel&) = delete;
  DataParallel& operator=(const DataParallel&) = delete;

  /// To be called after the last backward pass of a step, before gradients are used: waits until they are the means. Throws Error when
  /// a process is gone.
  void finish();

  /// Replaces numbers by their means over the processes; NaN when it is one anywhere. All processes give as many, in the same order.
  void average(std::vector<std::pair<std::string, double>>& numbers) const;

  const ProcessGroup& group() const { return group_; }
  std::size_t buckets() const;
  /// How many buckets of the last step started before finish(), during backward.
  std::size_t overlapped() const;

 private:
  class Buckets;

  ProcessGroup group_;
  Trainer* trainer_ = nullptr;
  std::unique_ptr<Buckets> buckets_;  // null: alone
};

}  // namespace scriba::train
