#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <ATen/core/Tensor.h>

#include <scriba/train/process_place.hpp>

namespace scriba::train {

struct ProcessGroupOptions {
  std::chrono::milliseconds connect_timeout = std::chrono::minutes(5);  ///< within which all processes must have come
  std::chrono::milliseconds timeout = std::chrono::minutes(30);  ///< of an operation; the others wait as long while process 0 validates
  bool cuda = false;                                             ///< tensors on this process's GPU, too: by NCCL
};

/// The processes that train together. Tensors on the CPU travel by Gloo, those on a GPU by NCCL (LibTorch's c10d).
///
/// Every process must call the same operations in the same order, with tensors of the same sizes. When one of them ends early, operations
/// of the others throw Error. Alone, in a group of one, every operation does nothing.
class ProcessGroup {
 public:
  /// One process.
  ProcessGroup() = default;
  /// Waits for all processes. Throws Error when process 0 cannot be reached, when some do not come in time (and says which), and when
  /// they were started with different WORLD_SIZE or one RANK twice.
  explicit ProcessGroup(const ProcessPlace& place, const ProcessGroupOptions& options = {});

  int rank() const { return place_.rank; }
  int processes() const { return place_.processes; }
  /// The one that writes files and talks.
  bool first() const { return place_.rank == 0; }
  bool alone() const { return place_.processes == 1; }
  const ProcessPlace& place() const { return place_; }

  /// An operation that goes on in the background.
  class Pending {
   public:
    Pending() = default;
    /// Returns when it is done. Throws Error when it failed.
    void wait() {
      if (auto wait = std::exchange(wait_, nullptr)) wait();
    }

   private:
    friend class ProcessGroup;
    std::function<void()> wait_;
  };

  /// Replaces a contiguous tensor by the sum over the processes, which has the same bits in all of them.
  Pending start_all_reduce(at::Tensor tensor) const;
  void all_reduce(const at::Tensor& tensor) const { start_all_reduce(tensor).wait(); }
  /// Replaces a contiguous tensor by that of process 0.
  void broadcast(at::Tensor tensor) const;
  /// Returns once all processes have called it.
  void barrier() const;
  /// Whether it is so in any process.
  bool any(bool here) const;

  /// Another group of the same processes. Operations of one need no order relative to those of the other. All processes call it.
  ProcessGroup duplicate() const;

 private:
  struct Connections;

  ProcessPlace place_;
  std::shared_ptr<const Connections> connections_;  // null: alone
};

}  // namespace scriba::train
