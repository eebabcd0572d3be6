#pragma once

#include <torch/nn/modules/batchnorm.h>

#include <scriba/nn/batch_norm.hpp>
#include <scriba/train/process_group.hpp>

namespace scriba::train {

/// Batch norms in training take their statistics from the batches of all processes, in the networks that this thread runs as long as one
/// of these lives ("synchronised batch norm", Peng et al., "MegDet", CVPR 2018, section 3.3). For batches too small to normalise by.
/// All processes must run the same layers in the same order. Forward and backward wait for each other at every norm.
class SyncNorms final : public nn::NormReplacement {
 public:
  /// Makes connections of its own, so that norms and gradients need no order among each other. All processes call it.
  explicit SyncNorms(const ProcessGroup& group) : group_(group.duplicate()) {}

  at::Tensor normalized(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x) override;

 private:
  ProcessGroup group_;
};

}  // namespace scriba::train
