#pragma once

#include <any>
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <opencv2/core/mat.hpp>

#include <scriba/image/network_input.hpp>
#include <scriba/loss/terms.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/ctc_decode.hpp>
#include <scriba/train/text_labels.hpp>
#include <scriba/zoo/reference_recognizer_list.hpp>

/// Every recogniser of the zoo behind one type, chosen by name at run time: what training programs, tests and benchmarks work with.
/// Compiled once, in scriba::training.
namespace scriba::zoo {

struct TrainableRecognizer {
  std::string name;
  std::array<std::string, 5> parts;     ///< backbone, neck, head, loss, post-process
  RecognizerTrainingSettings training;  ///< as published; of those that are not the reference's, its settings for a small data set
  std::shared_ptr<torch::nn::Module> module;
  LineInput* input = nullptr;  ///< of the model; may be changed
  std::function<NamedTensors(const at::Tensor& images)> forward;

  /// What the network is to learn from the texts of a batch; what became of them is added to the report. A text with a character that the
  /// alphabet lacks is left out. Called from loader threads.
  std::function<std::any(std::span<const std::string> texts, train::TextReport&)> target;
  /// The loss of a batch [N, planes, H, W] through the network in training mode. `bfloat16`: the network in half the bits, the loss in
  /// float.
  std::function<LossTerms(const at::Tensor& images, const std::any& target, bool bfloat16)> loss;

  std::function<std::vector<Transcript>(std::span<const cv::Mat> crops)> predict;
  /// Weights, preprocessing and alphabet into one file, which programs take as --weights.
  std::function<void(const std::filesystem::path&)> save;
  /// Training ends here; evaluation gives the same, faster.
  std::function<void()> fold;

  std::int64_t parameter_count() const;
  /// Target and loss in one.
  LossTerms loss_of(const at::Tensor& images, std::span<const std::string> texts) const;
};

/// The names of all recognisers: those of the reference in the zoo's order, then `svtr-mobilenet-v3-small`, `pp-ocr-v6` and `pp-ocr-v4`.
const std::vector<std::string>& trainable_recognizer_names();

/// A freshly made one for an alphabet, its weights random. Throws Error for a name that is not among trainable_recognizer_names().
TrainableRecognizer trainable_recognizer(std::string_view name, const Alphabet& alphabet);

}  // namespace scriba::zoo
