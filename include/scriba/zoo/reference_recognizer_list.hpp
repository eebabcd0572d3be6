#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <scriba/train/optimizer_settings.hpp>
#include <scriba/train/rate_schedule.hpp>

namespace scriba::zoo {

/// How a published recogniser was trained, as data: nothing here trains.
struct RecognizerTrainingSettings {
  train::OptimizerSettings optimizer{.kind = train::OptimizerKind::adam, .weight_decay = 5e-5, .decay_norms_and_biases = true};
  train::RateSchedule schedule{.kind = train::RateKind::steps, .rate = 0.001, .length = 8, .step_at = {4, 6}};
  bool by_batch = false;         ///< the schedule counts batches instead of epochs
  int batch_size = 512;          ///< lines
  int validated_every = 1;       ///< epochs, or batches
  bool length_weighted = false;  ///< texts whose length the network misjudges count more: loss::CtcOptions
  double center_weight = 0;      ///< of a centre loss beside CTC, in a fine-tuning
};

/// A recogniser that programs know by name.
struct RecognizerInfo {
  std::string_view name;           ///< for command lines
  std::string_view what;           ///< the network in a few words
  std::string_view configuration;  ///< pytorchOCR's file, `config/NAME.yaml`; of its branch master from `crnn-original` on; empty: none
  int columns = 100;               ///< of the canvas
  int lstms = 2;
  RecognizerTrainingSettings training{};
};

namespace detail {

constexpr RecognizerTrainingSettings kLmdbTraining{};
// MJSynth and SynthText, half a batch of each.
constexpr RecognizerTrainingSettings all_words(double length, double first_step, double second_step, int batch_size = 512) {
  return {.schedule = {.kind = train::RateKind::steps, .rate = 0.001, .length = length, .step_at = {first_step, second_step}},
          .by_batch = true,
          .batch_size = batch_size,
          .validated_every = 10'000};
}
// What is known of the older branch's files is what its rec_CRNN_ori says.
constexpr RecognizerTrainingSettings kOldTraining{
    .schedule = {.kind = train::RateKind::steps, .rate = 0.001, .length = 20, .step_at = {5, 10, 15}}, .batch_size = 256};

}  // namespace detail

/// All recognition configurations of pytorchOCR. zoo/reference_recognizers.hpp has the types, zoo/visit_reference_recognizer.hpp goes from
/// a name to its type.
inline constexpr std::array<RecognizerInfo, 12> kReferenceRecognizers{{
    {"crnn-resnet34", "CRNN, ResNet-34, two LSTMs of 128 units", "rec_CRNN_resnet34_english_lmdb", 100, 2, detail::kLmdbTraining},
    {"crnn-resnet34-center",
     "crnn-resnet34, fine-tuned with a centre loss beside CTC",
     "rec_CRNN_resnet_english",
     100,
     2,
     {.length_weighted = true, .center_weight = 1e-3}},
    {"crnn-resnet34-wide", "CRNN, ResNet-34, two LSTMs of 256 units; MJSynth and SynthText", "rec_CRNN_resnet_english_all", 100, 2,
     detail::all_words(200'000, 80'000, 160'000)},
    {"crnn-mobilenet-v3-large", "CRNN, MobileNetV3 large, two LSTMs of 96 units", "rec_CRNN_mobilev3_large_english_lmdb", 100, 2,
     detail::kLmdbTraining},
    {"crnn-mobilenet-v3-large-all", "crnn-mobilenet-v3-large; MJSynth and SynthText", "rec_CRNN_mobilev3_large_english_all", 100, 2,
     detail::all_words(300'000, 100'000, 200'000)},
    {"crnn-mobilenet-v3-small", "CRNN, MobileNetV3 small, two LSTMs of 48 units", "rec_CRNN_mobilev3_small_english_lmdb", 100, 2,
     detail::kLmdbTraining},
    {"crnn-mobilenet-v3-small-all", "crnn-mobilenet-v3-small; MJSynth and SynthText", "rec_CRNN_mobilev3_small_english_all", 100, 2,
     detail::all_words(300'000, 100'000, 200'000)},
    {"fc-resnet50", "a class for each of 26 positions, ResNet-50; MJSynth and SynthText", "rec_FC_resnet_english_all", 100, 0,
     detail::all_words(300'000, 100'000, 200'000, 256)},
    {"crnn-original", "CRNN's own convolutions, no LSTM, 200 columns", "rec_CRNN_ori", 200, 0, detail::kOldTraining},
    {"crnn-vgg16-bn", "CRNN, VGG-16 with batch norm, one LSTM of 128 units", "rec_CRNN_vgg16_bn", 100, 1, detail::kOldTraining},
    {"crnn-mobilenet-v3-old", "CRNN, the older MobileNetV3 large, two LSTMs of 96 units, 280 columns", "rec_CRNN_mobilev3", 280, 2,
     detail::kOldTraining},
    {"crnn-resnet50", "CRNN, ResNet-50, two LSTMs of 256 units", "rec_CRNN_resnet50_paddle", 100, 2, detail::kOldTraining},
}};

/// One more of its parts, SvtrMobileNetV3Small.
inline constexpr RecognizerInfo kRecognizerVariant{"svtr-mobilenet-v3-small", "MobileNetV3 small and attention, no LSTM", "", 100, 0,
                                                   detail::kLmdbTraining};

/// Where a name stands in kReferenceRecognizers.
constexpr std::optional<std::size_t> reference_recognizer_index(std::string_view name) {
  for (std::size_t i = 0; i < kReferenceRecognizers.size(); ++i)
    if (kReferenceRecognizers[i].name == name) return i;
  return {};
}

/// "crnn-resnet34, crnn-resnet34-center, ...".
inline std::string reference_recognizer_choice() {
  std::string out;
  for (const auto& recognizer : kReferenceRecognizers) out += (out.empty() ? "" : ", ") + std::string(recognizer.name);
  return out;
}
/// The same, with kRecognizerVariant.
inline std::string recognizer_choice() { return reference_recognizer_choice() + ", " + std::string(kRecognizerVariant.name); }

}  // namespace scriba::zoo
