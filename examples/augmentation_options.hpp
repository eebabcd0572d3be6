#pragma once
// How training pages are changed: the options of train_detector, and of show_batch, which looks at what it sees.

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <scriba/augment/recipe.hpp>
#include <scriba/core/error.hpp>
#include <scriba/zoo/trainable_detector.hpp>

class AugmentationOptions {
 public:
  using Change = std::function<void(scriba::augment::Page&, scriba::augment::Random&)>;

  explicit AugmentationOptions(CLI::App& app) {
    app.add_option(
           "--augment", name_,
           "how training pages are changed: affine (a crop, scaled and turned), reference (pytorchOCR's for the model's algorithm), "
           "none (the whole page, made smaller)")
        ->check(CLI::IsMember({"affine", "reference", "none"}))
        ->capture_default_str();
    app.add_option("--crop", crop_, "side of the square training crops, pixels, a multiple of 64; 0: the model's own")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str();
    of_affine_.push_back(app.add_option("--scale", scale_, "crop pixels for each pixel of the image as the detector sees it, from and to")
                             ->expected(2)
                             ->capture_default_str());
    of_affine_.push_back(app.add_option("--angle", angle_, "crops are turned by up to this many degrees")
                             ->check(CLI::Range(0.0, 180.0))
                             ->capture_default_str());
    of_affine_.push_back(
        app.add_option("--flip", flip_, "share of the crops that are mirrored")->check(CLI::Range(0.0, 1.0))->capture_default_str());
    of_affine_.push_back(app.add_option("--near-text", near_text_, "share of the crops that are placed around a text")
                             ->check(CLI::Range(0.0, 1.0))
                             ->capture_default_str());
  }

  /// Makes training samples of a model from pages: square crops. Throws Error for options that do not fit each other.
  Change of(const scriba::zoo::TrainableDetector& detector) const {
    using namespace scriba::augment;
    const int side = crop_ > 0 ? crop_ : detector.training.crop_size;
    if (side % 64 != 0)
      throw scriba::Error({.what = "bad crop size", .where = "--crop", .expected = "a multiple of 64", .got = std::to_string(side)});
    if (name_ != "affine")
      for (const auto* option : of_affine_)
        if (option->count() > 0)
          throw scriba::Error({.what = "an option of --augment affine", .where = option->get_name(), .got = "--augment " + name_});
    const cv::Size size(side, side);
    if (name_ == "none") return FitCanvas{.size = size, .anywhere = false};
    if (name_ == "reference") return reference(detector, size);
    return Chain{Maybe{flip_, FlipHorizontal{}},
                 AffineCrop{.size = size,
                            .scale = {scale_[0], scale_[1]},
                            .angle = {-angle_, angle_},
                            .near_text = near_text_,
                            .relative_to = detector.input->resize},
                 ColorJitter{.brightness = {0.8, 1.2}, .contrast = {0.8, 1.2}, .saturation = {0.5, 1.5}}};
  }

 private:
  // The head says which algorithm it is.
  static Change reference(const scriba::zoo::TrainableDetector& detector, cv::Size size) {
    namespace recipe = scriba::augment::recipe;
    const auto& head = detector.parts[2];
    if (head.starts_with("Db")) return recipe::db(size);
    if (head.starts_with("Pse")) return recipe::pse(size);
    if (head.starts_with("Pan")) return recipe::pan(size);
    if (head.starts_with("Sast")) return recipe::sast(size);
    throw scriba::Error({.what = "the reference has no augmentation for this detector", .where = detector.name, .got = "head " + head});
  }

  std::string name_ = "affine";
  int crop_ = 0;
  std::vector<double> scale_{0.6, 1.7};
  double angle_ = 10, near_text_ = 0.8, flip_ = 0;
  std::vector<CLI::Option*> of_affine_;
};
