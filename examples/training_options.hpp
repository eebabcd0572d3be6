#pragma once
// The options that all training programs have, and what they become.

#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <iomanip>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <opencv2/core/utility.hpp>
#include <scriba/core/make_folder.hpp>
#include <scriba/data/loader.hpp>
#include <scriba/train/batch_order.hpp>
#include <scriba/train/process_group.hpp>
#include <scriba/train/run.hpp>
#include <scriba/train/sync_norms.hpp>
#include <scriba/train/trainer.hpp>
#include <scriba/zoo/training_settings.hpp>

#include "schedule_options.hpp"

class TrainingOptions {
 public:
  /// `collapse`: the term of the loss that tells a network that is alive, and for how many steps it may be dead.
  TrainingOptions(CLI::App& app, scriba::train::CollapseOptions collapse) {
    run_.collapse = std::move(collapse);
    using scriba::train::OptimizerKind;
    std::map<std::string, OptimizerKind> optimizers;
    for (const auto kind : {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adam_w, OptimizerKind::rms_prop})
      optimizers.emplace(scriba::train::optimizer_name(kind), kind);
    app.set_config("--settings", "", "file of these options, one a line: rate=0.001");
    app.allow_config_extras(CLI::config_extras_mode::error);
    app.add_option("--out", folder_, "folder of the run: start.pt, last.pt, best.pt, log.jsonl, report.html")->required();
    app.add_flag("--resume", resume_, "go on from last.pt of --out");
    schedule_.add_to(app);
    app.add_option("--batch", batch_, "samples of a batch, in each process; default: the model's")->check(CLI::Range(1, 65536));
    app.add_option("--accumulate", trainer_.accumulate, "batches of a step")->check(CLI::Range(1, 4096))->capture_default_str();
    app.add_option("--optimizer", optimizer_, "default: the model's")->transform(CLI::CheckedTransformer(optimizers));
    app.add_option("--momentum", momentum_, "of sgd and rmsprop; default: the model's")->check(CLI::Range(0.0, kBelowOne));
    app.add_option("--betas", betas_,
                   "of adam and adamw: how much of the mean and of the mean square of the gradients a step keeps; default: the model's")
        ->expected(2)
        ->check(CLI::Range(0.0, kBelowOne));
    app.add_option("--weight-decay", weight_decay_, "L2; default: the model's")->check(CLI::NonNegativeNumber);
    app.add_option("--clip", trainer_.clip_norm, "largest norm of the gradients; 0: any")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--average", trainer_.average, "decay of the averaged weights that are validated and saved; 0: none")
        ->check(CLI::Range(0.0, 0.99999))
        ->capture_default_str();
    app.add_option("--freeze", frozen_, "layers that stay as they are: beginnings of parameter names, such as backbone.stem");
    app.add_option("--rate-factor", factors_, "layers with a rate of their own: backbone=0.1");
    app.add_option("--norm-sparsity", trainer_.norm_sparsity, "L1 on the scales of batch norms, before pruning")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--device", device_, "cpu, cuda or cuda:NUMBER")->capture_default_str();
    app.add_flag("--folded", folded_,
                 "train the folded network, its batch norms merged into convolutions: half the time a step, for fine-tuning at low rates");
    app.add_flag("--bfloat16", bfloat16_, "convolutions in bfloat16: faster where the processor has it");
    app.add_flag("--sync-norms", sync_norms_, "batch norms that see the batches of all processes, where several train together");
    app.add_option("--process-timeout", process_timeout_, "minutes that processes wait for each other, while one validates, too")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    app.add_option("--seed", seed_, "of everything random")->capture_default_str();
    app.add_option("--loader-threads", loader_.threads, "that make batches; 0: none, the training itself does")
        ->check(CLI::Range(0, 256))
        ->capture_default_str();
    app.add_option("--threads", threads_, "that compute; 0: one for each core, shared among the processes of a machine")
        ->check(CLI::Range(0, 1024));
    app.add_option("--log-every", run_.log_every, "steps")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--collapse-steps", run_.collapse.steps,
                   "the run ends when the outputs were the same everywhere, or all blank, for so many steps in a row; 0: never")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_flag_callback(
        "--go-on-collapsed", [this] { run_.collapse.stop = false; }, "only say so then");
    app.add_option("--checkpoint-every", run_.checkpoint_every, "steps")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--validate-every", validate_every_, "epochs, 0.5 is every half; 0: only at the end")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--validate-from", validate_from_,
                   "epochs before the first validation; default: 0 with --epochs or --steps, otherwise the model's")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--quiet", run_.quiet, "no progress");
  }

  /// What was not given comes from the model: zoo::TrainingSettings or zoo::RecognizerTrainingSettings.
  template <class Settings>
  void fill_in(const Settings& settings) {
    place_ = scriba::train::process_place();
    trainer_.optimizer = settings.optimizer;
    if constexpr (requires { settings.by_batch; })
      schedule_.fill_in(settings.schedule, settings.by_batch);
    else
      schedule_.fill_in(settings.schedule, false);
    trainer_.schedule.rate = schedule_.rate();
    if constexpr (requires { settings.first_validated_epoch; })
      if (!schedule_.length_given()) validate_from_ = validate_from_.value_or(settings.first_validated_epoch);
    fill_in_optimizer();
    batch_ = batch_.value_or(settings.batch_size);
    for (const auto& prefix : frozen_) trainer_.rate_factors.push_back({prefix, 0});
    for (const auto& text : factors_) {
      const auto equals = text.find('=');
      char* end = nullptr;
      const double factor = equals == std::string::npos ? -1 : std::strtod(text.c_str() + equals + 1, &end);
      if (!(factor >= 0) || *end != '\0')
        throw scriba::Error({.what = "bad option", .where = "--rate-factor", .expected = "PREFIX=FACTOR", .got = text});
      trainer_.rate_factors.push_back({text.substr(0, equals), factor});
    }
  }

  int batch_size() const { return *batch_; }
  /// This process's share of every epoch.
  scriba::train::BatchOrderOptions batch_order() const {
    return {.batch_size = *batch_,
            .seed = seed_,
            .process = static_cast<std::size_t>(place_.rank),
            .processes = static_cast<std::size_t>(place_.processes)};
  }
  /// Waits for the other processes; none without WORLD_SIZE in the environment.
  scriba::train::ProcessGroup join() const {
    return scriba::train::ProcessGroup(place_, {.timeout = std::chrono::minutes(process_timeout_), .cuda = device().is_cuda()});
  }
  /// What --sync-norms asks for, to be kept while the network is trained; null without.
  std::unique_ptr<scriba::train::SyncNorms> sync_norms(const scriba::train::ProcessGroup& group) const {
    return sync_norms_ && !group.alone() ? std::make_unique<scriba::train::SyncNorms>(group) : nullptr;
  }
  std::uint64_t seed() const { return seed_; }
  bool resumes() const { return resume_; }
  bool bfloat16() const { return bfloat16_; }
  bool folded() const { return folded_; }
  bool quiet() const { return run_.quiet; }
  /// Every thread makes a batch, and two are ready.
  scriba::data::LoaderOptions loader() const {
    return {.threads = loader_.threads, .ahead = static_cast<std::size_t>(loader_.threads) + 2};
  }
  /// Where the network is trained. Throws Error when it is not there.
  torch::Device device() const {
    try {
      torch::Device device(device_);
      if (device.is_cuda() && !device.has_index() && place_.processes > 1)
        device.set_index(static_cast<c10::DeviceIndex>(place_.local_rank));
      if (device.is_cpu() || (device.is_cuda() && torch::hasCUDA())) return device;
    } catch (const c10::Error&) {
    }
    throw scriba::Error({.what = "cannot train there",
                         .where = "--device",
                         .expected = torch::hasCUDA() ? "cpu, cuda or cuda:NUMBER" : "cpu; this machine or this LibTorch is without CUDA",
                         .got = device_});
  }
  void set_threads() const {
    const int cores = static_cast<int>(std::thread::hardware_concurrency()) / place_.local_processes;
    torch::set_num_threads(threads_ > 0 ? threads_ : std::max(1, cores));
    cv::setNumThreads(1);  // images are worked on by the loader's threads, one each
  }

  /// Of the whole run. `per_epoch`: batches.
  std::int64_t steps(std::int64_t per_epoch) const { return schedule_.steps(steps_per_epoch(per_epoch)); }

  /// Of its schedule only the rate: make_trainer() knows how long the run is.
  const scriba::train::TrainerOptions& trainer() const { return trainer_; }

  /// `prepare` gets the trainer before it goes on where a checkpoint left off.
  scriba::train::Trainer make_trainer(std::shared_ptr<torch::nn::Module> module, std::int64_t per_epoch,
                                      const std::function<void(scriba::train::Trainer&)>& prepare = {}) const {
    auto options = trainer_;
    options.schedule = schedule_.in_steps(steps_per_epoch(per_epoch));
    scriba::train::Trainer trainer(std::move(module), options);
    if (prepare) prepare(trainer);
    const auto last = std::filesystem::path(folder_) / "last.pt";
    if (resume_)
      trainer.resume(last);
    else if (std::filesystem::exists(last))
      throw scriba::Error({.what = "the folder holds another run", .where = last.string(), .expected = "--resume, or another --out"});
    return trainer;
  }

  /// A network that starts from weights is kept as it begins: start.pt, for compact_model --blend.
  void keep_start(const std::filesystem::path& weights, const scriba::train::ProcessGroup& group,
                  const std::function<void(const std::filesystem::path&)>& save) const {
    if (resume_ || !group.first()) return;
    const auto start = std::filesystem::path(folder_) / "start.pt";
    std::error_code ignored;
    std::filesystem::remove(start, ignored);  // of a run that was given up before its first checkpoint
    if (weights.empty()) return;
    scriba::make_folder(folder_);
    save(start);
  }

  scriba::train::RunOptions run_options(std::int64_t steps, std::int64_t per_epoch, std::string title,
                                        const scriba::train::ProcessGroup& group) const {
    auto options = run_;
    options.group = group;
    options.seed = seed_;
    options.folder = folder_;
    options.steps = steps;
    options.validate_every =
        validate_every_ > 0 ? std::max<std::int64_t>(1, std::llround(validate_every_ * steps_per_epoch(per_epoch))) : 0;
    options.validate_from = std::llround(validate_from_.value_or(0) * steps_per_epoch(per_epoch));
    options.title = std::move(title);
    return options;
  }

  /// Every setting for the checkpoint: of the command line, of the settings file, and what was filled in from the model.
  scriba::io::Dict echo(const CLI::App& app, std::int64_t per_epoch) const {
    scriba::io::Dict out;
    for (const CLI::Option* option : app.get_options()) {
      const auto name = option->get_single_name();
      if (name == "help" || name == "settings" || name == "preflight" || name == "check-data") continue;
      std::string value = option->get_default_str();
      if (option->count() > 0) {
        value.clear();
        for (const auto& one : option->results()) value += (value.empty() ? "" : " ") + one;
      }
      out.set(name, value);
    }
    schedule_.echo(out, steps_per_epoch(per_epoch));
    const auto& optimizer = trainer_.optimizer;
    out.set("optimizer", std::string(scriba::train::optimizer_name(optimizer.kind)));
    out.set("weight-decay", number_text(optimizer.weight_decay));
    if (has_momentum(optimizer.kind))
      out.set("momentum", number_text(optimizer.momentum));
    else
      out.set("betas", number_text(optimizer.beta1) + " " + number_text(optimizer.beta2));
    out.set("batch", std::to_string(*batch_));
    out.set("validate-from", number_text(validate_from_.value_or(0)));
    return out;
  }

  /// "precision 71.20 recall 68.10 hmean 69.61" of the best validation of the log; empty without any.
  std::string best_line(std::initializer_list<const char*> names) const {
    const scriba::train::LogLine* best = nullptr;
    const auto log = scriba::train::RunLog::read(std::filesystem::path(folder_) / "log.jsonl");
    for (const auto& line : log)
      if (line.kind == "validate" && !line.values.empty() && (!best || line.values[0].second > best->values[0].second)) best = &line;
    if (!best) return {};
    std::ostringstream out;
    out << std::fixed << std::setprecision(2);
    for (const char* name : names)
      for (const auto& [known, value] : best->values)
        if (known == name) out << (out.tellp() > 0 ? " " : "") << name << ' ' << value;
    return out.str();
  }

 private:
  static constexpr double kBelowOne = 0.999999;

  static bool has_momentum(scriba::train::OptimizerKind kind) {
    return kind == scriba::train::OptimizerKind::sgd || kind == scriba::train::OptimizerKind::rms_prop;
  }

  void fill_in_optimizer() {
    using scriba::train::OptimizerKind;
    auto& optimizer = trainer_.optimizer;
    optimizer.kind = optimizer_.value_or(optimizer.kind);
    optimizer.weight_decay = weight_decay_.value_or(optimizer.weight_decay);
    optimizer.momentum = momentum_.value_or(optimizer.momentum);
    if (!betas_.empty()) optimizer.beta1 = betas_[0], optimizer.beta2 = betas_[1];
    const auto check = [&](bool given, const char* option, std::initializer_list<OptimizerKind> kinds) {
      check_used(given, option, optimizer.kind, kinds, "--optimizer", scriba::train::optimizer_name);
    };
    check(momentum_.has_value(), "--momentum", {OptimizerKind::sgd, OptimizerKind::rms_prop});
    check(!betas_.empty(), "--betas", {OptimizerKind::adam, OptimizerKind::adam_w});
  }

  double steps_per_epoch(std::int64_t per_epoch) const { return static_cast<double>(per_epoch) / trainer_.accumulate; }

  scriba::train::ProcessPlace place_;
  std::string folder_, device_ = "cpu";
  bool resume_ = false, bfloat16_ = false, folded_ = false, sync_norms_ = false;
  ScheduleOptions schedule_;
  std::optional<double> weight_decay_, momentum_, validate_from_;
  std::vector<double> betas_;
  std::optional<int> batch_;
  std::optional<scriba::train::OptimizerKind> optimizer_;
  std::vector<std::string> frozen_, factors_;
  std::uint64_t seed_ = 1;
  int threads_ = 0, process_timeout_ = 30;
  double validate_every_ = 1;
  scriba::data::LoaderOptions loader_{.threads = 1};
  scriba::train::TrainerOptions trainer_{.average = 0.995};
  scriba::train::RunOptions run_;
};
