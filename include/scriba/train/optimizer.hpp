#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>
#include <torch/nn/module.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/optimizer.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include <scriba/core/error.hpp>
#include <scriba/io/value.hpp>
#include <scriba/train/optimizer_settings.hpp>

/// torch's optimisers from settings: groups of parameters with rates and weight decays of their own, state that a checkpoint can hold.
namespace scriba::train {

/// Parameters whose names start with `prefix` learn at `factor` times the rate; 0: they do not learn at all.
struct RateFactor {
  std::string prefix;
  double factor = 1;
};

/// The factor of the longest prefix that starts `name`; 1 without any.
inline double rate_factor(const std::vector<RateFactor>& factors, std::string_view name) {
  const RateFactor* best = nullptr;
  for (const auto& one : factors)
    if (name.starts_with(one.prefix) && (!best || one.prefix.size() > best->prefix.size())) best = &one;
  return best ? best->factor : 1;
}

/// Some parameters and what is special about them.
struct ParameterGroup {
  std::vector<at::Tensor> parameters;
  double rate_factor = 1;
  double weight_decay = 0;
  std::vector<std::string> names = {};  ///< one a parameter, all different, by which state is kept; none: numbers serve, over all groups
};

/// The parameters of a module that learn, grouped by rate and weight decay, in the module's order within each group.
/// Throws Error for a prefix that starts no parameter's name, and when nothing learns.
inline std::vector<ParameterGroup> parameter_groups(const torch::nn::Module& module, const OptimizerSettings& settings,
                                                    const std::vector<RateFactor>& factors = {}) {
  const auto parameters = module.named_parameters();
  for (const auto& one : factors) {
    bool known = false;
    for (const auto& item : parameters) known = known || item.key().starts_with(one.prefix);
    if (!known) throw Error({.what = "no parameters to set a rate for", .where = one.prefix, .expected = "a prefix of parameter names"});
  }
  std::vector<ParameterGroup> groups;
  for (const auto& item : parameters) {
    const double factor = rate_factor(factors, item.key());
    if (factor == 0 || !item.value().requires_grad()) continue;
    const double decay = settings.decay_norms_and_biases || item.value().dim() >= 2 ? settings.weight_decay : 0;
    auto* group = [&]() -> ParameterGroup* {
      for (auto& one : groups)
        if (one.rate_factor == factor && one.weight_decay == decay) return &one;
      return nullptr;
    }();
    if (!group) group = &groups.emplace_back(ParameterGroup{{}, factor, decay});
    group->parameters.push_back(item.value());
    group->names.push_back(item.key());
  }
  if (groups.empty()) throw Error({.what = "nothing to train", .expected = "parameters that learn", .got = "all are frozen"});
  return groups;
}

namespace detail {

template <class Options>
Options optimizer_options(const OptimizerSettings& settings, double weight_decay) {
  Options options(/*lr=*/0);  // set before every step
  if constexpr (requires { options.betas(); }) options.betas({settings.beta1, settings.beta2}).eps(settings.epsilon);
  if constexpr (requires { options.momentum(); }) options.momentum(settings.momentum);
  if constexpr (requires { options.alpha(); }) options.alpha(settings.smoothing).eps(settings.epsilon);
  options.weight_decay(weight_decay);
  return options;
}

template <class Torch, class Options>
std::unique_ptr<torch::optim::Optimizer> optimizer_of(const std::vector<ParameterGroup>& groups, const OptimizerSettings& settings) {
  std::vector<torch::optim::OptimizerParamGroup> out;
  for (const auto& group : groups)
    out.emplace_back(group.parameters, std::make_unique<Options>(optimizer_options<Options>(settings, group.weight_decay)));
  return std::make_unique<Torch>(std::move(out), optimizer_options<Options>(settings, 0));
}

}  // namespace detail

/// A torch optimiser and what torch keeps no track of: the groups' factors of the rate.
class Optimizer {
 public:
  Optimizer(const std::vector<ParameterGroup>& groups, const OptimizerSettings& settings)
      : kind_(settings.kind), momentum_(settings.momentum) {
    using namespace torch::optim;
    for (const auto& group : groups) {
      factors_.push_back(group.rate_factor);
      for (std::size_t i = 0; i < group.parameters.size(); ++i)
        names_.push_back(i < group.names.size() ? group.names[i] : std::to_string(names_.size()));
    }
    switch (kind_) {
      case OptimizerKind::sgd:
        torch_ = detail::optimizer_of<SGD, SGDOptions>(groups, settings);
        break;
      case OptimizerKind::adam:
        torch_ = detail::optimizer_of<Adam, AdamOptions>(groups, settings);
        break;
      case OptimizerKind::adam_w:
        torch_ = detail::optimizer_of<AdamW, AdamWOptions>(groups, settings);
        break;
      case OptimizerKind::rms_prop:
        torch_ = detail::optimizer_of<RMSprop, RMSpropOptions>(groups, settings);
        break;
    }
  }

  /// One step at this learning rate.
  void step(double rate) {
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      auto& group = torch_->param_groups()[i];
      group.options().set_lr(rate * factors_[i]);
      if (kind_ == OptimizerKind::adam) fused_adam<torch::optim::AdamOptions, torch::optim::AdamParamState>(group);
      if (kind_ == OptimizerKind::adam_w) fused_adam<torch::optim::AdamWOptions, torch::optim::AdamWParamState>(group);
    }
    if (kind_ != OptimizerKind::adam && kind_ != OptimizerKind::adam_w) torch_->step();
  }

  void zero_grad() { torch_->zero_grad(); }

  /// Every parameter that learns.
  std::vector<at::Tensor> parameters() const {
    std::vector<at::Tensor> out;
    for (const auto& group : torch_->param_groups()) out.insert(out.end(), group.params().begin(), group.params().end());
    return out;
  }

  /// What it remembers of past gradients: "kind", and in "parameters" a dict for each parameter that has made a step, by its name, with
  /// PyTorch's names. Tensors are the optimiser's own: copy them before the next step.
  io::Dict state() const {
    io::Dict all;
    const auto parameters = this->parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto found = torch_->state().find(parameters[i].unsafeGetTensorImpl());
      if (found == torch_->state().end()) continue;
      io::Dict one;
      visit(*found->second, [&]<class T>(const char* name, T& value) {
        if constexpr (std::is_same_v<T, at::Tensor>) {
          if (value.defined()) one.set(name, value);
        } else {
          one.set(name, value);
        }
      });
      all.set(names_[i], std::move(one));
    }
    io::Dict out;
    out.set("kind", std::string(optimizer_name(kind_)));
    out.set("parameters", std::move(all));
    return out;
  }

  /// Takes back what state() gave, by the names of parameters: groups may be others by now. A parameter without a state begins anew, the
  /// state of one that does not learn here is left out. Throws Error when it is the state of another kind of optimiser or of parameters
  /// with other shapes; `where` is the file it is from.
  void set_state(const io::Dict& state, const std::string& where = {}) {
    const auto fail = [&](const std::string& what, const std::string& expected, const std::string& got) {
      throw Error(
          {.what = "cannot resume", .where = where + (where.empty() || what.empty() ? "" : ", ") + what, .expected = expected, .got = got});
    };
    const auto* kind = state.find("kind");
    const auto* states = state.find("parameters");
    if (!kind || !kind->get<std::string>() || !states || !states->get<io::Dict>()) fail("", "the state of an optimiser", "another record");
    if (*kind->get<std::string>() != optimizer_name(kind_))
      fail("", "the state of the optimiser " + std::string(optimizer_name(kind_)), "that of " + *kind->get<std::string>());
    const auto parameters = this->parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto* entry = states->get<io::Dict>()->find(names_[i]);
      if (!entry) continue;
      const auto& parameter = parameters[i];
      const auto* dict = entry->get<io::Dict>();
      if (!dict) fail("parameter " + names_[i], "a state", entry->type_name());
      auto made = new_state();
      visit(*made, [&]<class T>(const char* key, T& value) {
        const auto* found = dict->find(key);
        const auto* got = found ? found->get<T>() : nullptr;
        if constexpr (std::is_same_v<T, at::Tensor>) {
          if (!got && kind_ == OptimizerKind::rms_prop && key == std::string_view("momentum_buffer")) {
            if (momentum_ > 0) value = at::zeros_like(parameter);  // as torch begins; without momentum it keeps none
            return;
          }
          if (!got || got->sizes() != parameter.sizes())
            fail("parameter " + names_[i], "a tensor " + std::string(key) + " of its shape", got ? "another shape" : "none");
          value = got->to(parameter.options()).clone(at::MemoryFormat::Preserve);
        } else {
          if (!got) fail("parameter " + names_[i], std::string("a number ") + key, "none");
          value = *got;
        }
      });
      torch_->state()[parameter.unsafeGetTensorImpl()] = std::move(made);
    }
  }

 private:
  // What torch's class does in a dozen passes over every parameter, in one pass over all of them. Those that have made the same number of
  // steps go together: mostly all.
  template <class Options, class State>
  void fused_adam(torch::optim::OptimizerParamGroup& group) {
    const at::NoGradGuard no_gradients;
    struct Lists {
      std::vector<at::Tensor> parameters, gradients, means, squares;
    };
    std::map<std::int64_t, Lists> by_step;
    for (const auto& parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      auto& kept = torch_->state()[parameter.unsafeGetTensorImpl()];
      if (!kept) {
        auto made = std::make_unique<State>();
        made->exp_avg(at::zeros_like(parameter)).exp_avg_sq(at::zeros_like(parameter));
        kept = std::move(made);
      }
      auto& state = static_cast<State&>(*kept);
      state.step(state.step() + 1);
      auto& lists = by_step[state.step()];
      auto gradient = parameter.grad();
      if (gradient.strides() != parameter.strides()) gradient = at::empty_like(parameter).copy_(gradient);
      lists.parameters.push_back(parameter), lists.gradients.push_back(std::move(gradient));
      lists.means.push_back(state.exp_avg()), lists.squares.push_back(state.exp_avg_sq());
    }
    const auto& options = static_cast<const Options&>(group.options());
    const double beta1 = std::get<0>(options.betas()), beta2 = std::get<1>(options.betas());
    for (auto& [step, lists] : by_step) {
      const auto& first = lists.parameters.front();
      const std::vector<at::Tensor> steps(lists.parameters.size(), at::full({}, step, first.options().dtype(at::kFloat)));
      const auto update = [&](const auto& fused) {
        fused(lists.parameters, lists.gradients, lists.means, lists.squares, at::TensorList{}, steps, options.lr(), beta1, beta2,
              options.weight_decay(), options.eps(), /*amsgrad=*/false, /*maximize=*/false);
      };
      if constexpr (std::is_same_v<Options, torch::optim::AdamOptions>)
        update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
      else
        update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
    }
  }

  // act(name, member) for everything that a parameter's state holds.
  template <class Act>
  void visit(torch::optim::OptimizerParamState& state, const Act& act) const {
    using namespace torch::optim;
    const auto adam = [&](auto& s) { act("step", s.step()), act("exp_avg", s.exp_avg()), act("exp_avg_sq", s.exp_avg_sq()); };
    switch (kind_) {
      case OptimizerKind::sgd:
        act("momentum_buffer", static_cast<SGDParamState&>(state).momentum_buffer());
        break;
      case OptimizerKind::adam:
        adam(static_cast<AdamParamState&>(state));
        break;
      case OptimizerKind::adam_w:
        adam(static_cast<AdamWParamState&>(state));
        break;
      case OptimizerKind::rms_prop: {
        auto& s = static_cast<RMSpropParamState&>(state);
        act("step", s.step()), act("square_avg", s.square_avg()), act("momentum_buffer", s.momentum_buffer());
        break;
      }
    }
  }

  std::unique_ptr<torch::optim::OptimizerParamState> new_state() const {
    using namespace torch::optim;
    switch (kind_) {
      case OptimizerKind::sgd:
        return std::make_unique<SGDParamState>();
      case OptimizerKind::adam:
        return std::make_unique<AdamParamState>();
      case OptimizerKind::adam_w:
        return std::make_unique<AdamWParamState>();
      case OptimizerKind::rms_prop:
        break;
    }
    return std::make_unique<RMSpropParamState>();
  }

  OptimizerKind kind_;
  double momentum_;
  std::vector<double> factors_;     // of the groups
  std::vector<std::string> names_;  // of parameters()
  std::unique_ptr<torch::optim::Optimizer> torch_;
};

}  // namespace scriba::train
