#pragma once
// How long a training program trains, and how its rate changes: options, and what they become together with the model's own schedule.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <scriba/core/error.hpp>
#include <scriba/io/value.hpp>
#include <scriba/train/rate_schedule.hpp>

/// 0.002 as "0.002": the shortest text that reads as the same number.
inline std::string number_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// "--power" with a schedule that has none changes nothing: throws Error for `option` when it was `given` and `used` is not among `with`.
template <class Kind, class NameOf>
void check_used(bool given, const char* option, Kind used, std::initializer_list<Kind> with, const char* kind_option,
                const NameOf& name_of) {
  if (given && std::ranges::find(with, used) == with.end())
    throw scriba::Error({.what = "an option without effect",
                         .where = option,
                         .expected = std::string(kind_option) + " " + std::string(name_of(*with.begin())),
                         .got = std::string(name_of(used))});
}

class ScheduleOptions {
 public:
  using RateKind = scriba::train::RateKind;

  void add_to(CLI::App& app) {
    std::map<std::string, RateKind> kinds;
    for (const auto kind : {RateKind::constant, RateKind::poly, RateKind::steps, RateKind::cosine, RateKind::cosine_restarts})
      kinds.emplace(scriba::train::rate_name(kind), kind);
    app.add_option("--epochs", epochs_, "how often every sample is seen; default: the model's")->check(CLI::PositiveNumber);
    app.add_option("--steps", steps_, "instead of --epochs: number of steps")->check(CLI::PositiveNumber);
    app.add_option("--rate", rate_, "learning rate; default: the model's")->check(CLI::PositiveNumber);
    app.add_option("--schedule", kind_, "how the rate falls; default: the model's")->transform(CLI::CheckedTransformer(kinds));
    app.add_option("--warm-up", warm_up_, "epochs over which the rate grows first; default: the model's share of the run")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--step-at", step_at_, "steps: epochs at which the rate falls, up to 4; default: the model's share of the run")
        ->expected(1, 4)
        ->check(CLI::PositiveNumber);
    app.add_option("--step-factor", step_factor_, "steps: what the rate is multiplied by; default: the model's")
        ->check(CLI::PositiveNumber);
    app.add_option("--power", power_, "poly: the rate is (1 - share of the run) to this power; default: the model's")
        ->check(CLI::PositiveNumber);
    app.add_option("--floor", floor_, "cosine: where the rate ends, as a share of it; default: the model's")->check(CLI::Range(0.0, 1.0));
    app.add_option("--restart-every", restart_every_, "cosine-restarts: epochs of a wave")->check(CLI::PositiveNumber);
    app.add_option("--restart-factor", restart_factor_,
                   "cosine-restarts: each wave begins at so much of the one before; default: the model's")
        ->check(CLI::PositiveNumber);
  }

  /// What was not given comes from the model. `by_step`: its times are steps, not epochs. Throws Error for options that make no schedule.
  void fill_in(const scriba::train::RateSchedule& of_model, bool by_step) {
    schedule_ = of_model;
    by_step_ = by_step;
    schedule_.kind = kind_.value_or(schedule_.kind);
    schedule_.rate = rate_.value_or(schedule_.rate);
    schedule_.step_factor = step_factor_.value_or(schedule_.step_factor);
    schedule_.power = power_.value_or(schedule_.power);
    schedule_.floor = floor_.value_or(schedule_.floor);
    schedule_.restart_factor = restart_factor_.value_or(schedule_.restart_factor);
    const auto check = [&](bool given, const char* option, std::initializer_list<RateKind> kinds) {
      check_used(given, option, schedule_.kind, kinds, "--schedule", scriba::train::rate_name);
    };
    check(!step_at_.empty(), "--step-at", {RateKind::steps});
    check(step_factor_.has_value(), "--step-factor", {RateKind::steps});
    check(power_.has_value(), "--power", {RateKind::poly});
    check(floor_.has_value(), "--floor", {RateKind::cosine, RateKind::cosine_restarts});
    check(restart_every_.has_value(), "--restart-every", {RateKind::cosine_restarts});
    check(restart_factor_.has_value(), "--restart-factor", {RateKind::cosine_restarts});
    if (schedule_.kind == RateKind::steps && step_at_.empty() && schedule_.step_at == decltype(schedule_.step_at){})
      fail("a schedule of steps without any", "--step-at EPOCHS; the model has none of its own");
    if (schedule_.kind == RateKind::cosine_restarts && !restart_every_)
      fail("a schedule of restarts without any", "--restart-every EPOCHS");
  }

  double rate() const { return schedule_.rate; }
  bool length_given() const { return epochs_ || steps_; }

  /// Of the whole run. `per_epoch`: steps.
  std::int64_t steps(double per_epoch) const {
    return steps_.value_or(std::max<std::int64_t>(1, std::llround(in_steps(per_epoch).length)));
  }

  /// Counts in steps. Times that were given are epochs; the model's own keep their share of the run, however long it is.
  scriba::train::RateSchedule in_steps(double per_epoch) const {
    auto out = schedule_;
    const double of_model = schedule_.length * (by_step_ ? 1 : per_epoch);
    out.length = steps_ ? static_cast<double>(*steps_) : epochs_ ? *epochs_ * per_epoch : of_model;
    const double scale = out.length / schedule_.length;
    out.warm_up = warm_up_ ? *warm_up_ * per_epoch : out.warm_up * scale;
    for (std::size_t i = 0; i < out.step_at.size(); ++i)
      out.step_at[i] = step_at_.empty() ? out.step_at[i] * scale : i < step_at_.size() ? step_at_[i] * per_epoch : 0;
    if (restart_every_) out.period = *restart_every_ * per_epoch;
    return out;
  }

  /// What is used, for a checkpoint: times in epochs, by the names of the options.
  void echo(scriba::io::Dict& out, double per_epoch) const {
    const auto used = in_steps(per_epoch);
    out.set("steps", std::to_string(steps(per_epoch)));
    out.set("epochs", number_text(used.length / per_epoch));
    out.set("rate", number_text(used.rate));
    out.set("schedule", std::string(scriba::train::rate_name(used.kind)));
    out.set("warm-up", number_text(used.warm_up / per_epoch));
    if (used.kind == RateKind::steps) {
      std::string at;
      for (const double one : used.step_at)
        if (one > 0) at += (at.empty() ? "" : " ") + number_text(one / per_epoch);
      out.set("step-at", at);
      out.set("step-factor", number_text(used.step_factor));
    }
    if (used.kind == RateKind::poly) out.set("power", number_text(used.power));
    if (used.kind == RateKind::cosine || used.kind == RateKind::cosine_restarts) out.set("floor", number_text(used.floor));
    if (used.kind == RateKind::cosine_restarts) {
      out.set("restart-every", number_text(used.period / per_epoch));
      out.set("restart-factor", number_text(used.restart_factor));
    }
  }

 private:
  [[noreturn]] static void fail(const char* what, const char* expected) {
    throw scriba::Error({.what = what, .where = "--schedule", .expected = expected, .got = "none"});
  }

  std::optional<double> epochs_, rate_, warm_up_, step_factor_, power_, floor_, restart_every_, restart_factor_;
  std::optional<std::int64_t> steps_;
  std::optional<RateKind> kind_;
  std::vector<double> step_at_;
  scriba::train::RateSchedule schedule_;  // with the model's times
  bool by_step_ = false;
};
