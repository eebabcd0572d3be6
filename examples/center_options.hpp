#pragma once
// The options of a center loss beside a recogniser's own.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <scriba/train/trainer.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>

class CenterOptions {
 public:
  explicit CenterOptions(CLI::App& app) {
    app.add_option("--center-weight", weight_, "of a center loss beside CTC, for fine-tuning; 0: none; default: the model's")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--center-rate", rate_, "learning rate of the centers")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--center-confidence", labels_.confidence, "frames of which the frozen network is surer than this count")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--frozen", frozen_,
                   "weights of the network that tells what each frame shows; default: those that training starts from");
  }

  bool wanted(const scriba::zoo::RecognizerTrainingSettings& training) const { return weight_.value_or(training.center_weight) > 0; }

  /// `start`: the weights that training starts from, or none, and `characters` theirs, where they do not name them. Throws Error without a
  /// frozen network, which must have been trained.
  void add_to(scriba::zoo::TrainableRecognizer& recognizer, const std::filesystem::path& start,
              const std::optional<scriba::Alphabet>& characters = {}) {
    const auto& file = frozen_.empty() ? start : std::filesystem::path(frozen_);
    if (file.empty())
      throw scriba::Error({.what = "a center loss needs a trained network",
                           .where = recognizer.name,
                           .expected = "--frozen or --init-from WEIGHTS, or --center-weight 0 to train without"});
    auto frozen = scriba::zoo::trainable_recognizer(recognizer.name, recognizer.alphabet);
    scriba::zoo::load_initial_weights(frozen, file, frozen_.empty() ? characters : std::nullopt);
    centers_ = scriba::zoo::add_center_loss(recognizer, std::move(frozen),
                                            {.weight = weight_.value_or(recognizer.training.center_weight), .labels = labels_});
  }

  /// Adam with a rate of its own that falls as the network's does, as in the reference.
  void add_to(scriba::train::Trainer& trainer) const {
    if (!centers_) return;
    auto schedule = trainer.options().schedule;
    schedule.rate = rate_;
    trainer.add_optimizer(centers_->parameters(), {.kind = scriba::train::OptimizerKind::adam}, schedule);
  }

  /// The run begins, or goes on.
  void begin() {
    if (centers_) first_ = centers_->centers.detach().clone();
  }

  /// A line: how far the centers went since, on average; empty without a center loss.
  std::string line() const {
    if (!centers_) return {};
    const auto moved = (centers_->centers.detach() - first_).norm(2, 1).mean().item<double>();
    return "centers moved by " + std::to_string(moved) + " on average\n";
  }

 private:
  std::optional<double> weight_;
  double rate_ = 0.5;
  scriba::train::FrameLabelsOptions labels_;
  std::string frozen_;
  std::shared_ptr<scriba::loss::ClassCenters> centers_;
  at::Tensor first_;
};
