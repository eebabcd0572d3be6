#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/core/progress.hpp>
#include <scriba/train/collapse.hpp>
#include <scriba/train/interrupt.hpp>
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
  std::optional<double> best;
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

}  // namespace detail

/// Trains until `options.steps`, from where `trainer` is. Writes a checkpoint (last.pt) now and then, at the end and when interrupted, the
/// network with the best score (best.pt, by hooks.save), a line of log for people to stdout and for programs to log.jsonl, and a report
/// with curves. Throws Error when the folder cannot be written, the training diverges or the network collapses; the last checkpoint is
/// there then.
inline RunResult run(Trainer& trainer, const RunOptions& options, const RunHooks& hooks) {
  namespace fs = std::filesystem;
  std::error_code failed;
  fs::create_directories(options.folder, failed);
  if (failed) throw Error({.what = "cannot make a folder", .where = options.folder.string(), .got = failed.message()});
  RunLog log(options.folder / "log.jsonl", trainer.steps());
  const Interrupt interrupt;
  Progress progress(static_cast<std::size_t>(options.steps), options.quiet, "steps", static_cast<std::size_t>(trainer.steps()));

  std::vector<ReportPicture> pictures;
  const auto report = [&] {
    if (hooks.pictures) pictures = hooks.pictures();
    write_report(options.folder / "report.html", options.title, log.lines(), pictures);
  };
  const auto note = [&](const char* kind, Scores scores) {
    std::printf("step %lld %s: %s\n", static_cast<long long>(trainer.steps()), kind, detail::scores_text(scores).c_str());
    std::fflush(stdout);
    log.add({trainer.steps(), kind, std::move(scores)});
  };
  const auto validate = [&] {
    const Trainer::Evaluation evaluation(trainer);
    auto scores = hooks.validate();
    const bool better = !scores.empty() && (!trainer.best || scores.front().second > *trainer.best);
    if (better) {
      trainer.best = scores.front().second;
      if (hooks.save) hooks.save(options.folder / "best.pt");
    }
    note("validate", std::move(scores));
  };
  const auto checkpoint = [&] { trainer.save(options.folder / "last.pt", hooks.settings); };

  CollapseWatch watch(options.collapse);
  detail::StepMeans means;
  auto start = std::chrono::steady_clock::now();
  std::int64_t logged = trainer.steps();
  const auto validated = [&] {
    return std::ranges::any_of(log.lines(), [&](const auto& line) { return line.kind == "validate" && line.step == trainer.steps(); });
  };
  while (trainer.steps() < options.steps && !interrupt.seen()) {
    const auto result = trainer.step(hooks.loss);
    means.add(result);
    const auto step = trainer.steps();
    char text[40];
    std::snprintf(text, sizeof text, "loss %.4g", result.terms.front().second);
    progress.step(text);
    if (!result.skipped && watch.see(result.terms)) {
      report();
      if (watch.stops()) throw watch.error(step);
      std::fprintf(stderr, "warning: %s\n", watch.error(step).what());
    }
    const bool last = step == options.steps || interrupt.seen();
    if (step % options.log_every == 0 || last) {
      const auto now = std::chrono::steady_clock::now();
      note("train", means.take(std::chrono::duration<double>(now - start).count() / static_cast<double>(step - logged)));
      logged = step;
      start = now;
    }
    if (hooks.validate && options.validate_every > 0 && step >= options.validate_from && step % options.validate_every == 0) {
      validate();
      report();
      start = std::chrono::steady_clock::now();
    }
    if (step % options.checkpoint_every == 0) checkpoint();
  }
  const bool done = trainer.steps() >= options.steps;
  checkpoint();
  if (done && hooks.validate && !validated()) {
    validate();
    checkpoint();  // knows the best score
  }
  if (done && !hooks.validate && hooks.save) {
    const Trainer::Evaluation evaluation(trainer);
    hooks.save(options.folder / "best.pt");
  }
  report();
  return {trainer.steps(), trainer.best, !done};
}

}  // namespace scriba::train
