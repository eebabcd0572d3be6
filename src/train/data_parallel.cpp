#include <scriba/train/data_parallel.hpp>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>

namespace scriba::train {

namespace {

// Called each time that a gradient was added to a parameter's.
class AfterAccumulation final : public torch::autograd::PostAccumulateGradHook {
 public:
  explicit AfterAccumulation(std::function<void()> act) : act_(std::move(act)) {}
  void operator()(const at::Tensor&) override { act_(); }

 private:
  std::function<void()> act_;
};

void broadcast_all(const ProcessGroup& group, const torch::nn::Module& module, const std::vector<at::Tensor>& parameters) {
  const at::NoGradGuard no_gradients;
  std::set<const void*> sent;
  const auto send = [&](const at::Tensor& tensor) {
    if (!tensor.defined() || !sent.insert(tensor.unsafeGetTensorImpl()).second) return;
    const auto plain = tensor.detach().contiguous();
    group.broadcast(plain);
    if (!plain.is_same(tensor) && plain.data_ptr() != tensor.data_ptr()) tensor.detach().copy_(plain);
  };
  for (const auto& parameter : module.parameters()) send(parameter);
  for (const auto& buffer : module.buffers()) send(buffer);
  for (const auto& parameter : parameters) send(parameter);
}

}  // namespace

class DataParallel::Buckets {
 public:
  Buckets(const ProcessGroup& group, const std::vector<at::Tensor>& parameters, const DataParallelOptions& options)
      : group_(group), options_(options) {
    for (const auto& parameter : parameters)
      if (parameter.requires_grad()) slots_.push_back({parameter});
    std::vector<std::size_t> order;
    for (std::size_t i = slots_.size(); i-- > 0;) order.push_back(i);  // backward reaches the last layers first
    fill(order);
    for (std::size_t i = 0; i < slots_.size(); ++i)
      torch::autograd::impl::set_post_acc_grad_hooks(slots_[i].parameter,
                                                     std::make_unique<AfterAccumulation>([this, i] { accumulated(i); }));
  }

  ~Buckets() {
    for (auto& slot : slots_) torch::autograd::impl::set_post_acc_grad_hooks(slot.parameter, nullptr);
  }
  Buckets(const Buckets&) = delete;
  Buckets& operator=(const Buckets&) = delete;

  void finish() {
    const at::NoGradGuard no_gradients;
    const std::scoped_lock lock(mutex_);
    overlapped_ = started_;
    while (started_ < buckets_.size()) start(buckets_[started_++]);  // those with a parameter that was not used in every pass
    for (auto& bucket : buckets_) take(bucket);
    started_ = 0;
    if (!reordered_) reorder();
  }

  std::size_t size() const { return buckets_.size(); }
  std::size_t overlapped() const { return overlapped_; }

 private:
  struct Slot {
    at::Tensor parameter, part = {};  // part: of the bucket, laid out as the parameter
    std::size_t bucket = 0;
    int passes = 0;  // backward passes that reached it in this step
  };
  struct Bucket {
    std::vector<std::size_t> slots;
    at::Tensor flat = {};      // all gradients, then for each of them whether there is one
    at::Tensor presence = {};  // the latter
    std::size_t ready = 0;
    ProcessGroup::Pending pending = {};
  };

  // Makes buckets of the parameters in this order.
  void fill(const std::vector<std::size_t>& order) {
    buckets_.clear();
    std::size_t bytes = 0;
    for (const std::size_t i : order) {
      const auto& parameter = slots_[i].parameter;
      const auto more = static_cast<std::size_t>(parameter.numel()) * parameter.element_size();
      const auto* first = buckets_.empty() ? nullptr : &slots_[buckets_.back().slots.front()].parameter;
      if (!first || bytes + more > options_.bucket_bytes || first->scalar_type() != parameter.scalar_type() ||
          first->device() != parameter.device()) {
        buckets_.emplace_back();
        bytes = 0;
      }
      bytes += more;
      buckets_.back().slots.push_back(i);
      slots_[i].bucket = buckets_.size() - 1;
    }
    for (auto& bucket : buckets_) allocate(bucket);
  }

  void allocate(Bucket& bucket) {
    std::int64_t size = 0, at = 0;
    const auto count = static_cast<std::int64_t>(bucket.slots.size());
    for (const auto i : bucket.slots) size += slots_[i].parameter.numel();
    bucket.flat = at::zeros({size + count}, slots_[bucket.slots.front()].parameter.options().requires_grad(false));
    bucket.presence = bucket.flat.narrow(0, size, count);
    for (const auto i : bucket.slots) {
      const auto& parameter = slots_[i].parameter;
      const auto part = bucket.flat.narrow(0, at, parameter.numel());
      slots_[i].part =
          parameter.is_non_overlapping_and_dense() ? part.as_strided(parameter.sizes(), parameter.strides()) : part.view(parameter.sizes());
      at += parameter.numel();
    }
  }

  void accumulated(std::size_t i) {
    const at::NoGradGuard no_gradients;
    const std::scoped_lock lock(mutex_);
    if (++slots_[i].passes == options_.accumulate) {
      ++buckets_[slots_[i].bucket].ready;
      if (!reordered_) arrived_.push_back(i);
    }
    // In the same order everywhere, whatever becomes ready first.
    while (started_ < buckets_.size() && buckets_[started_].ready == buckets_[started_].slots.size()) start(buckets_[started_++]);
  }

  // After the first step: in the order in which gradients came in process 0, those that did not come last. A layer that is not used would
  // hold up all others otherwise.
  void reorder() {
    std::vector<bool> came(slots_.size());
    for (const auto i : arrived_) came[i] = true;
    for (std::size_t i = slots_.size(); i-- > 0;)
      if (!came[i]) arrived_.push_back(i);
    const auto order = at::empty({static_cast<std::int64_t>(slots_.size())}, at::kLong);
    auto* number = order.mutable_data_ptr<std::int64_t>();
    std::ranges::copy(arrived_, number);
    group_.broadcast(order);
    fill({number, number + slots_.size()});
    reordered_ = true;
  }

  void start(Bucket& bucket) {
    bucket.presence.fill_(1);
    for (std::size_t k = 0; k < bucket.slots.size(); ++k) {
      auto& slot = slots_[bucket.slots[k]];
      if (const auto& gradient = slot.parameter.grad(); gradient.defined()) {
        slot.part.copy_(gradient);
      } else {
        slot.part.zero_();
        bucket.presence[static_cast<std::int64_t>(k)].zero_();
      }
    }
    bucket.pending = group_.start_all_reduce(bucket.flat);
  }

  void take(Bucket& bucket) {
    bucket.pending.wait();
    bucket.flat.div_(group_.processes());
    for (std::size_t k = 0; k < bucket.slots.size(); ++k) {
      auto& slot = slots_[bucket.slots[k]];
      auto& gradient = slot.parameter.mutable_grad();
      if (gradient.defined())
        gradient.copy_(slot.part);
      else if (bucket.presence[static_cast<std::int64_t>(k)].item<double>() > 0)  // in another process
        gradient = slot.part.clone();
      slot.passes = 0;
    }
    bucket.ready = 0;
  }

  ProcessGroup group_;
  DataParallelOptions options_;
  std::mutex mutex_;  // guards all that follows: gradients of a GPU come from a thread of its own
  std::vector<Slot> slots_;
  std::vector<Bucket> buckets_;
  std::vector<std::size_t> arrived_;
  bool reordered_ = false;
  std::size_t started_ = 0, overlapped_ = 0;
};

DataParallel::DataParallel(ProcessGroup group, torch::nn::Module& module, const std::vector<at::Tensor>& parameters,
                           const DataParallelOptions& options)
    : group_(std::move(group)) {
  if (group_.alone()) return;
  broadcast_all(group_, module, parameters);
  buckets_ = std::make_unique<Buckets>(group_, parameters, options);
}

DataParallel::DataParallel(ProcessGroup group, Trainer& trainer, DataParallelOptions options)
    : DataParallel(std::move(group), trainer.module(), trainer.parameters(), [&] {
        options.accumulate = trainer.options().accumulate;
        return options;
      }()) {
  if (group_.alone()) return;
  trainer_ = &trainer;
  trainer.before_update = [this] { finish(); };
  trainer.average_terms = [this](auto& terms) { average(terms); };
}

DataParallel::~DataParallel() {
  if (trainer_) trainer_->before_update = nullptr, trainer_->average_terms = nullptr;
}

void DataParallel::finish() {
  if (buckets_) buckets_->finish();
}

void DataParallel::average(std::vector<std::pair<std::string, double>>& numbers) const {
  if (group_.alone()) return;
  const auto values = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kDouble);
  auto* value = values.mutable_data_ptr<double>();
  for (std::size_t i = 0; i < numbers.size(); ++i) value[i] = numbers[i].second / group_.processes();
  group_.all_reduce(values);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i].second = value[i];
}

std::size_t DataParallel::buckets() const { return buckets_ ? buckets_->size() : 0; }
std::size_t DataParallel::overlapped() const { return buckets_ ? buckets_->overlapped() : 0; }

}  // namespace scriba::train
