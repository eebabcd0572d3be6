#pragma once

#include <any>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <opencv2/core/mat.hpp>

#include <scriba/geometry/polygon.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/io/model_file.hpp>
#include <scriba/loss/terms.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/target/text_annotation.hpp>
#include <scriba/zoo/training_settings.hpp>

/// Every detector of the zoo behind one type, chosen by name at run time: what training programs, tests and benchmarks work with. Compiled
/// once, in scriba::training.
namespace scriba::deploy {
struct Traced;
}

namespace scriba::zoo {

struct TrainableDetector {
  std::string name;
  std::array<std::string, 5> parts;  ///< backbone, neck, head, loss, post-process
  TrainingSettings training;         ///< as published; for PP-OCR: for fine-tuning
  std::shared_ptr<torch::nn::Module> module;
  DetectorInput* input = nullptr;  ///< of the model; may be changed
  std::optional<int> classes;      ///< kinds of text that it tells apart; unset: it does not
  std::function<NamedTensors(const at::Tensor& images)> forward;

  /// What the network is to learn from a batch of pages of one size; what became of the texts is added to the report. Called from loader
  /// threads.
  std::function<std::any(std::span<const target::PageAnnotation>, target::TargetReport&)> target;
  /// The maps of such a target, each [N, H, W] or [N, planes, H, W], in the order of the loss's target: for pictures.
  std::function<std::vector<at::Tensor>(const std::any& target)> maps;
  /// The loss of a batch [N, 3, H, W] through the network in training mode. `bfloat16`: convolutions in half the bits, the loss in float.
  /// Its last term is `map_deviation`, see train::map_deviation().
  std::function<LossTerms(const at::Tensor& images, const std::any& target, bool bfloat16)> loss;
  /// The same beside a teacher's maps for these images: loss::DbDistillation. Empty unless the network gives DB's maps of one class. See
  /// learn_from().
  std::function<LossTerms(const at::Tensor& images, const std::any& target, const NamedTensors& teacher, double truth_weight,
                          bool bfloat16)>
      taught_loss;

  std::function<std::vector<std::vector<TextRegion>>(const at::Tensor& images, std::span<const cv::Size> sources)> regions;
  std::function<std::vector<TextRegion>(const cv::Mat& image)> predict;
  /// Weights, preprocessing and thresholds into one file, which programs take as --weights.
  std::function<void(const std::filesystem::path&)> save;
  /// Training ends here; evaluation gives the same, faster.
  std::function<void()> fold;
  /// The network for elsewhere, with preprocessing and thresholds, recorded on a batch [N, 3, H, W]; include scriba/deploy/trace.hpp. Needs
  /// evaluation mode.
  std::function<deploy::Traced(const at::Tensor& example)> trace;
  /// Takes preprocessing and thresholds from a record of `save`.
  std::function<void(const io::Record&)> read_settings;

  std::int64_t parameter_count() const;
  /// Target and loss in one.
  LossTerms loss_of(const at::Tensor& images, std::span<const target::PageAnnotation> pages) const;
};

/// The names of all detectors: those of the reference in the zoo's order, those of zoo/backbone_variants.hpp, `pp-ocr-v6`, `pp-ocr-v4`.
const std::vector<std::string>& trainable_detector_names();

/// A freshly made one, its weights random. `classes`: kinds of text to tell apart, 1 or more, instead of the configuration's.
/// Throws Error for a name that is not among trainable_detector_names(), and for classes of a detector that tells none apart.
TrainableDetector trainable_detector(std::string_view name, std::optional<int> classes = {});

/// Weights to start from, of any form: a checkpoint of pytorchOCR or of Scriba, a model file, or the ONNX file of a PP-OCR detector.
/// Deployed weights get their batch norms back (train::load_deployed): let train::calibrate_batch_norms see some batches then. True if so.
/// Throws Error for a file that does not fit.
bool load_initial_weights(TrainableDetector& detector, const std::filesystem::path& file);

/// A detector whose training is over: weights of any form that load_initial_weights takes, with the settings that they were saved with, or
/// the configuration's; folded, in evaluation mode. Empty `file`: pp-ocr-v6's pretrained weights. Throws Error for any other without
/// weights.
TrainableDetector finished_detector(std::string_view name, std::filesystem::path file);

/// From now on the student's `loss` holds its maps against the annotations, weighed by `truth_weight` in 0 .. 1, and against those of a
/// finished teacher, which gets the rest; see loss::DbDistillation. The teacher sees the images as its own preprocessing normalises them.
/// It goes to the student's device and into evaluation mode. Throws Error unless both are DB detectors of one class, and for a weight out
/// of range.
void learn_from(TrainableDetector& student, const TrainableDetector& teacher, double truth_weight = 0.5);

}  // namespace scriba::zoo
