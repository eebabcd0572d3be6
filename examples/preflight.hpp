#pragma once
// What training programs check before a long run: can a copy of the network learn one batch?

#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <scriba/io/weights.hpp>
#include <scriba/train/overfit.hpp>

class Preflight {
 public:
  explicit Preflight(CLI::App& app) {
    app.add_option("--preflight", steps_,
                   "look through some batches, let a copy of the network learn one of them for N steps (30), and stop")
        ->expected(0, 1)
        ->default_str("30")
        ->check(CLI::Range(2, 100'000));
  }

  bool wanted() const { return steps_ > 0; }
  static constexpr std::int64_t kBatches = 16;  ///< that are looked through

  /// A line about the data; `bad` of `all` samples cannot be learnt. More than half of them is a failure.
  void data(const std::string& line, std::int64_t bad, std::int64_t all) {
    const double share = all > 0 ? static_cast<double>(bad) / static_cast<double>(all) : 1;
    std::printf("preflight: %s; %.1f %% cannot be learnt\n", line.c_str(), 100 * share);
    if (share > 0.5) fail("most of the data cannot be learnt: see check_data");
  }

  /// `copy` gets the weights of `network` and learns a batch, which `loss` puts through it.
  void learn(const torch::nn::Module& network, const std::shared_ptr<torch::nn::Module>& copy, const scriba::train::TrainerOptions& options,
             const std::function<scriba::LossTerms()>& loss) {
    scriba::io::load_weights(*copy, scriba::io::state_dict(network));
    const auto result = scriba::train::overfit_one_batch(
        copy, {.optimizer = options.optimizer, .rate = options.schedule.rate, .steps = steps_, .clip_norm = options.clip_norm}, loss);
    std::printf("preflight: loss of one batch %s\n", result.line().c_str());
    if (!result.fell()) fail("the loss does not fall: try another --rate");
  }

  /// The program's exit status.
  int end() const {
    std::cout << (failed_ ? "preflight failed" : "preflight passed") << std::endl;
    return failed_ ? 1 : 0;
  }

 private:
  void fail(const char* why) {
    failed_ = true;
    std::cout << "preflight: " << why << '\n';
  }

  std::int64_t steps_ = 0;
  bool failed_ = false;
};
