#pragma once

#include <any>
#include <array>
#include <cstdint>
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

#include <scriba/image/network_input.hpp>
#include <scriba/io/model_file.hpp>
#include <scriba/loss/center.hpp>
#include <scriba/loss/terms.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/transcript.hpp>
#include <scriba/train/frame_labels.hpp>
#include <scriba/train/text_labels.hpp>
#include <scriba/zoo/change_alphabet.hpp>
#include <scriba/zoo/reference_recognizer_list.hpp>

/// Every recogniser of the zoo behind one type, chosen by name at run time: TrainableDetector for words and lines. Compiled once, in
/// scriba::training.
namespace scriba::deploy {
struct Traced;
}

namespace scriba::zoo {

/// A center loss beside a recogniser's own; see add_center_loss().
struct CenterTerm {
  std::shared_ptr<loss::ClassCenters> centers;
  double weight{};
  std::function<at::Tensor(const at::Tensor& images)> shown;  ///< what each frame shows, [N, T]
};

struct TrainableRecognizer {
  std::string name;
  std::array<std::string, 5> parts;     ///< backbone, neck, head, loss, post-process
  RecognizerTrainingSettings training;  ///< as published; for PP-OCR: for fine-tuning
  std::shared_ptr<torch::nn::Module> module;
  Alphabet alphabet;
  LineInput* input = nullptr;  ///< of the model; may be changed
  std::function<NamedTensors(const at::Tensor& images)> forward;

  /// What the network is to learn from the texts of a batch, UTF-8; what became of them is added to the report. Called from loader threads.
  std::function<std::any(std::span<const std::string>, train::TextReport&)> target;
  /// The loss of a batch [N, planes, H, W] through the network in training mode. `bfloat16`: convolutions in half the bits. Its last term
  /// is `character_share`, see train::character_share().
  std::function<LossTerms(const at::Tensor& images, const std::any& target, bool bfloat16)> loss;
  std::function<void(CenterTerm)> set_center_term = {};  ///< empty for recognisers without CTC

  std::function<std::vector<Transcript>(std::span<const cv::Mat> crops)> predict;
  /// Weights, preprocessing and alphabet into one file, which programs take as --weights.
  std::function<void(const std::filesystem::path&)> save;
  /// Training ends here; evaluation gives the same, faster.
  std::function<void()> fold;
  /// The network for elsewhere, with preprocessing and alphabet, recorded on a batch [N, planes, H, W]; include scriba/deploy/trace.hpp.
  /// Needs evaluation mode.
  std::function<deploy::Traced(const at::Tensor& example)> trace;
  /// Takes preprocessing and post-processing from a record of `save`, but not its alphabet.
  std::function<void(const io::Record&)> read_settings;

  std::int64_t parameter_count() const;
  /// Target and loss in one.
  LossTerms loss_of(const at::Tensor& images, std::span<const std::string> texts) const;
};

/// The names of all recognisers: those of the reference in the zoo's order, then `svtr-mobilenet-v3-small`, `pp-ocr-v6` and `pp-ocr-v4`.
const std::vector<std::string>& trainable_recognizer_names();

/// A freshly made one, its weights random. Throws Error for a name that is not among trainable_recognizer_names().
TrainableRecognizer trainable_recognizer(std::string_view name, const Alphabet& alphabet);

/// What load_initial_weights() found in a file.
struct InitialWeights {
  bool deployed{};  ///< they are deployed weights, which got their batch norms back
  /// Nothing where nobody named the file's characters: the head's rows then stand for the recogniser's characters in their order.
  std::optional<AlphabetChange> characters;
};

/// Weights to start from: the ONNX file of a PP-OCR recogniser, what train_recognizer wrote, or a checkpoint of pytorchOCR. The first two
/// name their characters, and so may `alphabet`, which goes before the file's; then the rows of the characters that both alphabets have are
/// kept, by character. Deployed weights get their batch norms back (train::load_deployed): let train::calibrate_batch_norms see some
/// batches then. Throws Error for a file that does not fit, and for one with other classes whose characters nobody named.
InitialWeights load_initial_weights(TrainableRecognizer& recognizer, const std::filesystem::path& file,
                                    const std::optional<Alphabet>& alphabet = {});

/// A recogniser whose training is over: weights of any form that load_initial_weights takes, with the settings and the alphabet that they
/// were saved with, or the configuration's; folded, in evaluation mode. `alphabet`: instead of the file's; a file without one is English.
/// A character model that the file brings goes along with `trace`, and is not used by `predict`.
/// Empty `file`: pp-ocr-v6's pretrained weights. Throws Error for any other without weights.
TrainableRecognizer finished_recognizer(std::string_view name, std::filesystem::path file, std::optional<Alphabet> alphabet = {});

struct CenterLossOptions {
  double weight = 1e-3;  ///< of the center loss in the total
  train::FrameLabelsOptions labels = {};
};

/// From now on `recognizer` also learns to draw together what it says of one character: loss::Sum of its own loss and loss::Center.
/// `frozen` tells what each frame shows: the network as it was before this fine-tuning, or another one with the same alphabet and as many
/// frames.
///
/// Returns the centers, [classes, classes], on the recogniser's device: parameters for Trainer::add_optimizer(), with a rate of their own
/// (the reference: Adam, 0.5). Throws Error for a recogniser without CTC and for another alphabet.
std::shared_ptr<loss::ClassCenters> add_center_loss(TrainableRecognizer& recognizer, TrainableRecognizer frozen,
                                                    const CenterLossOptions& options = {});

}  // namespace scriba::zoo
