#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/norm.h>
#include <ATen/ops/stack.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>

#include <scriba/core/error.hpp>
#include <scriba/io/model_file.hpp>
#include <scriba/io/weights.hpp>
#include <scriba/loss/terms.hpp>
#include <scriba/train/average.hpp>
#include <scriba/train/optimizer.hpp>
#include <scriba/train/rate_schedule.hpp>

namespace scriba::train {

struct TrainerOptions {
  OptimizerSettings optimizer = {};
  RateSchedule schedule = {};                 ///< counts in steps
  std::vector<RateFactor> rate_factors = {};  ///< 0 freezes: the batch norms among these layers keep their statistics, too
  double clip_norm = 5;      ///< gradients whose Euclidean norm, over all parameters, is larger are scaled down to it; 0: never
  double average = 0;        ///< decay of an Average of the weights, which is what gets evaluated; 0: none
  int accumulate = 1;        ///< parts of a batch that go through the network one after the other
  double norm_sparsity = 0;  ///< L1 on the scales of batch norms, for pruning (Liu et al., "Network Slimming", ICCV 2017)
};

/// What a step did.
struct StepResult {
  std::vector<std::pair<std::string, double>> terms;  ///< "total" first, then the loss's own, mean over the parts of the batch
  double gradient_norm{};                             ///< before it was clipped
  double rate{};
  bool skipped{};  ///< the loss or a gradient was no number: the network is as it was
};

namespace detail {

// Numbers that a device has computed, read at once: each reading waits until it has.
inline std::vector<double> read_scalars(const std::vector<at::Tensor>& scalars) {
  std::vector<at::Tensor> elsewhere;
  for (const auto& one : scalars)
    if (!one.is_cpu()) elsewhere.push_back(one.to(at::kDouble).reshape({}));
  const auto read = elsewhere.empty() ? at::Tensor() : at::stack(elsewhere).cpu();
  std::vector<double> out;
  std::int64_t next = 0;
  for (const auto& one : scalars) out.push_back(one.is_cpu() ? one.item<double>() : read[next++].item<double>());
  return out;
}

// Copies of what a forward pass in training changes: the running statistics of norms and their counters. NaN in them would stay.
class KeptBuffers {
 public:
  explicit KeptBuffers(const torch::nn::Module& module) {
    for (const auto& buffer : module.buffers()) {
      auto& [live, kept] = buffer.is_floating_point() ? floats_ : others_;
      live.push_back(buffer.detach());
      kept.push_back(at::empty_like(live.back()));
    }
    copy(floats_.live, floats_.kept), copy(others_.live, others_.kept);
  }

  void put_back() const { copy(floats_.kept, floats_.live), copy(others_.kept, others_.live); }

 private:
  struct Tensors {
    std::vector<at::Tensor> live{}, kept{};
  };

  static void copy(const std::vector<at::Tensor>& from, const std::vector<at::Tensor>& to) {
    const at::NoGradGuard no_gradients;
    if (!from.empty()) at::_foreach_copy_(to, from);
  }

  Tensors floats_, others_;  // one type in a list is copied at once
};

}  // namespace detail

/// Version of a checkpoint; raised when it is written in another way. 2: what optimisers remember goes by the names of parameters.
inline constexpr std::int64_t kCheckpointVersion = 2;

/// Trains a network step by step. It knows nothing of data: a step is given a function that puts a batch through the network.
///
///     Trainer trainer(model, {.optimizer = {.kind = OptimizerKind::adam}, .schedule = {.rate = 1e-3, .length = 3000}, .average = 0.995});
///     while (const auto batch = loader.next()) trainer.step([&](int) { return model->loss(model->forward(batch->images), batch->target);
///     });
class Trainer {
 public:
  /// Throws Error for options that make no sense and for prefixes that fit no parameter.
  Trainer(std::shared_ptr<torch::nn::Module> module, TrainerOptions options) : module_(std::move(module)), options_(std::move(options)) {
    if (options_.accumulate < 1)
      throw Error({.what = "cannot train", .where = "accumulate", .expected = "1 or more", .got = std::to_string(options_.accumulate)});
    for (const auto& item : module_->named_parameters())
      if (rate_factor(options_.rate_factors, item.key()) == 0) item.value().requires_grad_(false);
    optimizers_.push_back(
        {Optimizer(parameter_groups(*module_, options_.optimizer, options_.rate_factors), options_.optimizer), options_.schedule});
    for (const auto& item : module_->named_modules("", /*include_self=*/false)) {
      if (auto* norm = dynamic_cast<torch::nn::BatchNorm2dImpl*>(item.value().get()))
        (rate_factor(options_.rate_factors, item.key() + ".") == 0 ? frozen_norms_ : norms_).push_back(norm);
    }
    if (options_.average > 0) average_.emplace(*module_, options_.average);
  }

  /// Parameters outside of the module, with an optimiser and a rate of their own: the centres of a CenterLoss. Their gradients are not
  /// clipped. Checkpoints hold them: add them before resume().
  void add_optimizer(std::vector<at::Tensor> parameters, const OptimizerSettings& settings, RateSchedule schedule) {
    optimizers_.push_back({Optimizer({{std::move(parameters), 1, settings.weight_decay}}, settings), schedule});
  }

  /// One step. `loss(part)`, part = 0 .. accumulate - 1, puts a part of the batch through the network, which is in training mode.
  /// A step whose loss or gradients are no numbers changes nothing but the count of steps and the state of random numbers: what batch norms
  /// saw of it is forgotten, too. After 20 of these in a row it throws Error.
  StepResult step(const std::function<LossTerms(int)>& loss) {
    training_mode();
    const detail::KeptBuffers buffers(*module_);
    for (auto& one : optimizers_) one.optimizer.zero_grad();
    StepResult result;
    std::vector<std::string> names;
    std::vector<at::Tensor> scalars;
    for (int part = 0; part < options_.accumulate; ++part) {
      const auto terms = loss(part);
      (terms.total / options_.accumulate).backward();
      names.emplace_back("total"), scalars.push_back(terms.total.detach());
      for (const auto& [name, value] : terms.terms) names.push_back(name), scalars.push_back(value.detach());
    }
    if (before_update) before_update();
    if (options_.norm_sparsity > 0) shrink_norms();
    auto gradients = this->gradients();
    if (!gradients.empty()) scalars.push_back(at::stack(at::_foreach_norm(gradients, 2)).norm());
    const auto values = detail::read_scalars(scalars);
    for (std::size_t i = 0; i < names.size(); ++i) add(result, names[i], values[i]);
    if (average_terms) average_terms(result.terms);
    result.gradient_norm = gradients.empty() ? 0 : values.back();
    if (options_.clip_norm > 0 && result.gradient_norm > options_.clip_norm)
      at::_foreach_mul_(gradients, options_.clip_norm / (result.gradient_norm + 1e-6));
    result.rate = rate_at(options_.schedule, static_cast<double>(steps_));
    result.skipped = !std::isfinite(result.terms.front().second) || !std::isfinite(result.gradient_norm);
    if (!result.skipped) {
      for (auto& one : optimizers_) one.optimizer.step(rate_at(one.schedule, static_cast<double>(steps_)));
      if (average_) average_->update(steps_);
    } else {
      buffers.put_back();
    }
    ++steps_;
    skipped_in_a_row_ = result.skipped ? skipped_in_a_row_ + 1 : 0;
    if (skipped_in_a_row_ >= 20)
      throw Error({.what = "training diverged",
                   .where = "step " + std::to_string(steps_),
                   .expected = "a loss that is a number; lower the learning rate, or go back to an earlier checkpoint",
                   .got = "20 steps in a row without one"});
    return result;
  }

  /// Called when the gradients are there and before they are used: data parallel training adds up those of all processes here.
  std::function<void()> before_update;
  /// Makes the terms of a step's result the same in all processes, so that all skip the same steps.
  std::function<void(std::vector<std::pair<std::string, double>>&)> average_terms;

  /// Evaluation mode, with the averaged weights in place as long as what it returns lives; then training mode again.
  class Evaluation {
   public:
    explicit Evaluation(Trainer& trainer) : trainer_(trainer) {
      if (trainer.average_) weights_.emplace(*trainer.average_);
      trainer.module_->eval();
    }
    ~Evaluation() { trainer_.training_mode(); }
    Evaluation(const Evaluation&) = delete;
    Evaluation& operator=(const Evaluation&) = delete;

   private:
    Trainer& trainer_;
    std::optional<Average::InPlace> weights_;
  };

  std::int64_t steps() const { return steps_; }  ///< made so far
  torch::nn::Module& module() { return *module_; }
  /// Everything that learns: the module's parameters, then those of add_optimizer().
  std::vector<at::Tensor> parameters() const {
    std::vector<at::Tensor> out;
    for (const auto& one : optimizers_) {
      const auto more = one.optimizer.parameters();
      out.insert(out.end(), more.begin(), more.end());
    }
    return out;
  }
  const TrainerOptions& options() const { return options_; }
  /// The best score so far, for whoever validates; a checkpoint holds it.
  std::optional<double> best;

  /// Writes everything that training needs to go on bit for bit: weights, averaged weights, what the optimisers remember, the random
  /// numbers' state, the count of steps, the best score; and `settings`, for people. The file also serves as weights (io::read_state_dict).
  void save(const std::filesystem::path& path, const io::Dict& settings = {}) const {
    io::Record out;
    out.set("format", "scriba checkpoint").set("format_version", kCheckpointVersion).set("step", steps_).set("settings", settings);
    if (best) out.set("best", *best);
    io::List optimizers;
    for (const auto& one : optimizers_) optimizers.emplace_back(one.optimizer.state());
    out.set("optimizers", std::move(optimizers));
    io::List beside;
    for (const auto& parameter : parameters_beside()) beside.emplace_back(parameter.detach());
    if (!beside.empty()) out.set("beside", std::move(beside));
    if (average_) {
      io::Dict average;
      for (const auto& [name, tensor] : average_->weights()) average.set(name, tensor);
      out.set("average", std::move(average));
    }
    out.set("random", at::globalContext().defaultGenerator(at::kCPU).get_state());
    if (const auto device = this->device(); !device.is_cpu())
      out.set("device_random", at::globalContext().defaultGenerator(device).get_state());
    io::write_torch_file(path, io::state_dict(*module_), out.dict());
  }

  /// Goes on where save() left off. Throws Error for a file that is no checkpoint or one of another version, and when networks or kinds of
  /// optimisers differ. Weight decay, rate factors and what is frozen may be others than before.
  void resume(const std::filesystem::path& path) {
    const auto file = io::read_torch_file(path);
    const auto* root = file.get<io::Dict>();
    const auto* metadata = root && root->find("metadata") ? root->find("metadata")->get<io::Dict>() : nullptr;
    const io::Record record(metadata ? *metadata : io::Dict{}, path.string());
    if (!record.has("format") || record.text("format") != "scriba checkpoint")
      throw Error({.what = "cannot resume", .where = path.string(), .expected = "a checkpoint of a training run", .got = "another file"});
    if (const auto version = record.integer("format_version"); version != kCheckpointVersion)
      throw Error(
          {.what = "cannot resume",
           .where = path.string(),
           .expected = "a checkpoint of version " + std::to_string(kCheckpointVersion) + "; one of another begins a new run, as weights",
           .got = "version " + std::to_string(version)});
    io::load_weights(*module_, io::state_dict_of(*root->find("state_dict")));
    const auto* list = metadata->find("optimizers");
    const auto* optimizers = list ? list->get<io::List>() : nullptr;
    if (!optimizers || optimizers->size() != optimizers_.size())
      throw Error({.what = "cannot resume",
                   .where = path.string(),
                   .expected = std::to_string(optimizers_.size()) + " optimisers",
                   .got = "another number"});
    const auto* beside = metadata->find("beside");
    set_parameters_beside(beside && beside->get<io::List>() ? *beside->get<io::List>() : io::List{}, path);
    for (std::size_t i = 0; i < optimizers_.size(); ++i) {
      const auto* state = (*optimizers)[i].get<io::Dict>();
      optimizers_[i].optimizer.set_state(state ? *state : io::Dict{}, path.string());
    }
    if (average_) {
      io::StateDict average;
      const auto weights = record.record("average");
      for (const auto& [name, tensor] : weights.dict().entries)
        if (name.get<std::string>() && tensor.get<at::Tensor>()) average.add(*name.get<std::string>(), *tensor.get<at::Tensor>());
      average_->set_weights(average);
    }
    const auto set_random = [&](const char* name, at::Device device) {
      const auto* state = metadata->find(name);
      if (!state || !state->get<at::Tensor>()) return;
      auto generator = at::globalContext().defaultGenerator(device);
      generator.set_state(*state->get<at::Tensor>());
    };
    set_random("random", at::kCPU);
    if (!device().is_cpu()) set_random("device_random", device());
    steps_ = record.integer("step");
    best = record.has("best") ? std::optional(record.number("best")) : std::nullopt;
  }

 private:
  struct Scheduled {
    Optimizer optimizer;
    RateSchedule schedule;
  };

  at::Device device() const { return optimizers_.front().optimizer.parameters().front().device(); }

  void training_mode() {
    module_->train();
    for (auto* norm : frozen_norms_) norm->eval();
  }

  // Of the optimisers that were added.
  std::vector<at::Tensor> parameters_beside() const {
    std::vector<at::Tensor> out;
    for (std::size_t i = 1; i < optimizers_.size(); ++i)
      for (const auto& parameter : optimizers_[i].optimizer.parameters()) out.push_back(parameter);
    return out;
  }

  void set_parameters_beside(const io::List& saved, const std::filesystem::path& path) {
    const auto parameters = parameters_beside();
    bool fits = saved.size() == parameters.size();
    for (std::size_t i = 0; fits && i < saved.size(); ++i)
      fits = saved[i].get<at::Tensor>() && saved[i].get<at::Tensor>()->sizes() == parameters[i].sizes();
    if (!fits)
      throw Error({.what = "cannot resume",
                   .where = path.string(),
                   .expected = std::to_string(parameters.size()) + " parameters outside of the network, of their shapes",
                   .got = std::to_string(saved.size()) + " tensors"});
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < saved.size(); ++i) at::Tensor(parameters[i]).copy_(*saved[i].get<at::Tensor>());
  }

  // Of the module's parameters that learn and took part in the loss.
  std::vector<at::Tensor> gradients() const {
    std::vector<at::Tensor> out;
    for (const auto& parameter : optimizers_.front().optimizer.parameters())
      if (parameter.grad().defined()) out.push_back(parameter.grad());
    return out;
  }

  void add(StepResult& result, const std::string& name, double value) const {
    const double share = value / options_.accumulate;
    for (auto& [known, sum] : result.terms)
      if (known == name) {
        sum += share;
        return;
      }
    result.terms.emplace_back(name, share);
  }

  void shrink_norms() {
    const at::NoGradGuard no_gradients;
    for (auto* norm : norms_)
      if (norm->weight.grad().defined()) norm->weight.mutable_grad().add_(norm->weight.sign(), options_.norm_sparsity);
  }

  std::shared_ptr<torch::nn::Module> module_;
  TrainerOptions options_;
  std::vector<Scheduled> optimizers_;  // the module's first
  std::vector<torch::nn::BatchNorm2dImpl*> norms_, frozen_norms_;
  std::optional<Average> average_;
  std::int64_t steps_ = 0;
  int skipped_in_a_row_ = 0;
};

/// Four-dimensional weights in the order in which a CPU convolves fastest, channels last. Batches should be so, too.
inline void to_channels_last(torch::nn::Module& module) {
  const at::NoGradGuard no_gradients;
  for (auto& parameter : module.parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace scriba::train
