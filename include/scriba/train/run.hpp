#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <scriba/core/error.hpp>
#include <scriba/core/make_folder.hpp>
#include <scriba/core/progress.hpp>
#include <scriba/train/collapse.hpp>
#include <scriba/train/interrupt.hpp>
#include <scriba/train/process_group.hpp>
#include <scriba/train/report.hpp>
#include <scriba/train/run_log.hpp>
#include <scriba/train/trainer.hpp>

namespace scriba::train {

struct RunOptions {
  std::filesystem::path folder;  ///< everything of the run is in it: last.pt, best.pt, log.jsonl, report.html
  std::int64_t steps = 1000;     ///< of the whole run, those before a resume included
  std::int64_t log_every = 20;   ///< steps; a line holds the mean over them
  std::int64_t checkpoint_every = 500;
  std::int64_t validate_every = 0;  ///< 0: only at the end
  std::int64_t validate_from = 0;   ///< no validation before this step
  bool quiet = false;               ///< no progress
  std::string title = "Training";   ///< of the report
  CollapseOptions collapse = {};
  /// The processes that train together, see DataParallel. The first writes everything and validates, the others wait for it; an interrupt
  /// of one ends the run in all.
  ProcessGroup group = {};
  std::uint64_t seed = 0;  ///< of the random numbers in the network, where several processes train
};

/// What a run needs to be given.
struct RunHooks {
  std::function<LossTerms(int part)> loss;  ///< the next part of a batch through the network
  /// Scores of the network, in evaluation mode with the averaged weights; the higher the first, the better. Nothing: no validation.
  std::function<Scores()> validate = {};
  std::function<void(const std::filesystem::path&)> save = {};  ///< writes the network as it is to be used; called for the best one
  std::function<std::vector<ReportPicture>()> pictures = {};    ///< of the batch or of the validation, for the report
  io::Dict settings = {};                                       ///< echoed into checkpoints
};

struct RunResult {
  std::int64_t steps{};
  std::optional<double> best;  ///< in the first process
  bool interrupted{};
};

namespace detail {

// Means of what the steps since the last line gave.
class StepMeans {
 public:
  void add(const StepResult& result) {
    if (result.skipped) {
      ++skipped_;
      return;
    }
    for (const auto& [name, value] : result.terms) sum(name) += value;
    sum("gradient_norm") += result.gradient_norm;
    rate_ = result.rate;
    ++steps_;
  }

  Scores take(double seconds_per_step) {
    Scores out;
    for (const auto& [name, value] : sums_) out.emplace_back(name, value / std::max(steps_, 1.0));
    out.emplace_back("rate", rate_);
    out.emplace_back("seconds_per_step", seconds_per_step);
    if (skipped_ > 0) out.emplace_back("skipped", skipped_);
    *this = {};
    return out;
  }

 private:
  double& sum(const std::string& name) {
    for (auto& [known, value] : sums_)
      if (known == name) return value;
    return sums_.emplace_back(name, 0).second;
  }

  Scores sums_;
  double steps_ = 0, skipped_ = 0, rate_ = 0;
};

inline std::string scores_text(const Scores& scores) {
  std::string out;
  for (const auto& [name, value] : scores) {
    char text[64];
    std::snprintf(text, sizeof text, "%.4g", value);
    out += (out.empty() ? "" : ", ") + name + " " + text;
  }
  return out;
}

// Layers that draw random numbers (dropout) draw others in each process, and the same again after a resume.
inline void seed_step(std::uint64_t seed, std::int64_t step, int rank) {
  std::seed_seq mixed{seed, seed >> 32, static_cast<std::uint64_t>(step), static_cast<std::uint64_t>(step) >> 32,
                      static_cast<std::uint64_t>(rank)};
  std::uint32_t words[2];
  mixed.generate(words, words + 2);
  at::manual_seed(static_cast<std::uint64_t>(words[0]) << 32 | words[1]);
}

// What is written in the course of a run.
class RunFolder {
 public:
  RunFolder(Trainer& trainer, const RunOptions& options, const RunHooks& hooks)
      : trainer_(trainer), options_(options), hooks_(hooks), log_(made(options.folder) / "log.jsonl", trainer.steps()) {}

  void note(const char* kind, Scores scores) {
    std::printf("step %lld %s: %s\n", static_cast<long long>(trainer_.steps()), kind, scores_text(scores).c_str());
    std::fflush(stdout);
    log_.add({trainer_.steps(), kind, std::move(scores)});
  }

  void validate() {
    const Trainer::Evaluation evaluation(trainer_);
    auto scores = hooks_.validate();
    const bool better = !scores.empty() && (!trainer_.best || scores.front().second > *trainer_.best);
    if (better) {
      trainer_.best = scores.front().second;
      if (hooks_.save) hooks_.save(options_.folder / "best.pt");
    }
    note("validate", std::move(scores));
  }

  void report() const {
    write_report(options_.folder / "report.html", options_.title, log_.lines(),
                 hooks_.pictures ? hooks_.pictures() : std::vector<ReportPicture>{});
  }

  void checkpoint() const { trainer_.save(options_.folder / "last.pt", hooks_.settings); }

  void finish(bool done) {
    checkpoint();
    const bool validated =
        std::ranges::any_of(log_.lines(), [&](const auto& line) { return line.kind == "validate" && line.step == trainer_.steps(); });
    if (done && hooks_.validate && !validated) {
      validate();
      checkpoint();  // knows the best score
    }
    if (done && !hooks_.validate && hooks_.save) {
      const Trainer::Evaluation evaluation(trainer_);
      hooks_.save(options_.folder / "best.pt");
    }
    report();
  }

 private:
  static const std::filesystem::path& made(const std::filesystem::path& folder) {
    make_folder(folder);
    return folder;
  }

  Trainer& trainer_;
  const RunOptions& options_;
  const RunHooks& hooks_;
  RunLog log_;
};

}  // namespace detail

/// Trains until `options.steps`, from where `trainer` is. Writes a checkpoint (last.pt) now and then, at the end and when interrupted, the
/// network with the best score (best.pt, by hooks.save), a line of log for people to stdout and for programs to log.jsonl, and a report
/// with curves. Throws Error when the folder cannot be written, the training diverges, the network collapses or a process is gone; the last
/// checkpoint is there then.
inline RunResult run(Trainer& trainer, const RunOptions& options, const RunHooks& hooks) {
  const auto& group = options.group;
  const bool first = group.first();
  std::optional<detail::RunFolder> folder;
  if (first) folder.emplace(trainer, options, hooks);
  const Interrupt interrupt;
  Progress progress(static_cast<std::size_t>(options.steps), options.quiet || !first, "steps", static_cast<std::size_t>(trainer.steps()));

  CollapseWatch watch(options.collapse);
  detail::StepMeans means;
  auto start = std::chrono::steady_clock::now();
  std::int64_t logged = trainer.steps();
  bool stopped = group.any(interrupt.seen());
  while (trainer.steps() < options.steps && !stopped) {
    if (!group.alone()) detail::seed_step(options.seed, trainer.steps(), group.rank());
    const auto result = trainer.step(hooks.loss);
    means.add(result);
    const auto step = trainer.steps();
    char text[40];
    std::snprintf(text, sizeof text, "loss %.4g", result.terms.front().second);
    progress.step(text);
    if (!result.skipped && watch.see(result.terms)) {
      if (first) folder->report();
      if (watch.stops()) throw watch.error(step);
      if (first) std::fprintf(stderr, "warning: %s\n", watch.error(step).what());
    }
    stopped = group.any(interrupt.seen());
    if (!first) continue;
    if (step % options.log_every == 0 || step == options.steps || stopped) {
      const auto now = std::chrono::steady_clock::now();
      folder->note("train", means.take(std::chrono::duration<double>(now - start).count() / static_cast<double>(step - logged)));
      logged = step;
      start = now;
    }
    if (hooks.validate && options.validate_every > 0 && step >= options.validate_from && step % options.validate_every == 0) {
      folder->validate();
      folder->report();
      start = std::chrono::steady_clock::now();
    }
    if (step % options.checkpoint_every == 0) folder->checkpoint();
  }
  const bool done = trainer.steps() >= options.steps;
  if (first) folder->finish(done);
  group.barrier();  // a process that fails here fails them all
  return {trainer.steps(), trainer.best, !done};
}

}  // namespace scriba::train
