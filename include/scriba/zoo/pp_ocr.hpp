#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <scriba/backbone/mobile_net_v3_line.hpp>
#include <scriba/backbone/pp_lcnet_v3.hpp>
#include <scriba/backbone/pp_lcnet_v4.hpp>
#include <scriba/detector.hpp>
#include <scriba/head/classify.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/head/db.hpp>
#include <scriba/io/onnx_weights.hpp>
#include <scriba/io/weights.hpp>
#include <scriba/loss/cross_entropy.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/neck/identity.hpp>
#include <scriba/neck/se_fpn.hpp>
#include <scriba/neck/svtr.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/postprocess/db_boxes.hpp>
#include <scriba/postprocess/top_class.hpp>
#include <scriba/recognizer.hpp>
#include <scriba/zoo/pp_ocr_v2_direction_weights.hpp>
#include <scriba/zoo/pp_ocr_v4_detector_weights.hpp>
#include <scriba/zoo/pp_ocr_v4_recognizer_weights.hpp>
#include <scriba/zoo/pp_ocr_v6_detector_weights.hpp>
#include <scriba/zoo/pp_ocr_v6_recognizer_weights.hpp>
#include <scriba/zoo/pretrained.hpp>

/// The networks of PP-OCR (PaddlePaddle authors, Apache-2.0) as compositions, and their published weights from ONNX files.
namespace scriba::zoo {

/// PP-OCRv6 small: text lines of 50 languages. 2.45 million parameters.
using PpOcrV6Detector =
    Detector<backbone::PpLcNetV4SmallDetection, neck::SeFpn<96, neck::SeFpnSmooth::large_kernel>, head::Db, loss::Db, postprocess::DbBoxes>;
/// PP-OCRv6 small: 18,708 characters and the space. 5.27 million parameters.
using PpOcrV6Recognizer = Recognizer<backbone::PpLcNetV4SmallRecognition, neck::LightSvtr<>, head::Ctc, loss::Ctc, postprocess::CtcText>;
/// PP-OCRv4 mobile.
using PpOcrV4Detector =
    Detector<backbone::PpLcNetV3<75, false>, neck::SeFpn<96, neck::SeFpnSmooth::conv3x3>, head::Db, loss::Db, postprocess::DbBoxes>;
/// PP-OCRv4 mobile: 6,623 characters and the space.
using PpOcrV4Recognizer = Recognizer<backbone::PpLcNetV3<95, true>, neck::Svtr<>, head::Ctc, loss::Ctc, postprocess::CtcText>;
/// Upright (class 0) or turned by 180 degrees (class 1).
using PpOcrV2Direction =
    Recognizer<backbone::MobileNetV3LineTiny, neck::Identity, head::Classify, loss::CrossEntropy, postprocess::TopClass>;

/// RapidOCR's settings for both detectors: 736 pixels on the shorter side at least, values to -1 .. 1.
/// The networks were trained with imagenet_normalization(): use that for fine-tuning.
template <class Model = PpOcrV6Detector>
typename Model::Options pp_ocr_detector_options() {
  typename Model::Options options;
  options.postprocess = postprocess::db_boxes_pp_ocr();
  return options;
}

/// Options of a PP-OCR recogniser for an alphabet.
template <class Model = PpOcrV6Recognizer>
typename Model::Options pp_ocr_recognizer_options(Alphabet alphabet) {
  typename Model::Options options;
  options.input.long_lines = LongLines::split;
  options.input.tall_lines = TallLines::best_turn;
  options.head.classes = alphabet.classes();
  options.postprocess.alphabet = std::move(alphabet);
  return options;
}

/// Options of the direction classifier: a canvas of 192 columns, longer lines are squeezed into it.
inline PpOcrV2Direction::Options pp_ocr_direction_options() {
  PpOcrV2Direction::Options options;
  options.input.size = {.height = 48, .min_canvas = 192, .step = 32, .max_width = 192};
  return options;
}

/// The alphabet that a PP-OCR recogniser file carries: one character a line under the key `character`, a space after them.
/// Throws Error for a file without one.
inline Alphabet pp_ocr_alphabet(const io::OnnxFile& file) {
  const auto found = file.metadata.find("character");
  if (found == file.metadata.end())
    throw Error({.what = "the recogniser file has no alphabet",
                 .where = file.path,
                 .expected = "metadata 'character', or an alphabet file of its own",
                 .got = std::to_string(file.metadata.size()) + " other metadata entries"});
  return Alphabet::from_lines(found->second, /*space_last=*/true);
}

namespace detail {

// The published files keep some batch norms beside their convolutions (`X.conv`, `X.bn`): they are folded here, so that the weights fit
// the deployed form. Then the DB head's names become those of its layers.
inline io::StateDict deployed_weights(const io::StateDict& published) {
  static constexpr std::array<std::string_view, 5> kNorm{"weight", "bias", "running_mean", "running_var", "num_batches_tracked"};
  static constexpr double kEpsilon = 1e-5;
  const auto renamed = [](std::string name) {
    for (const auto& [from, to] :
         {std::pair{"head.binarize.conv1.conv.", "head.binarize.0."}, std::pair{"head.binarize.up1.conv.", "head.binarize.3."},
          std::pair{"head.binarize.up2.", "head.binarize.6."}})
      if (name.starts_with(from)) return to + name.substr(std::string_view(from).size());
    return name;
  };
  io::StateDict out;
  for (const auto& [name, tensor] : published) {
    const bool is_norm = [&] {
      for (const auto part : kNorm)
        if (name.ends_with(".bn." + std::string(part))) return true;
      return false;
    }();
    if (is_norm) continue;
    const auto dot = name.rfind(".conv.");
    const std::string unit = dot == std::string::npos ? "" : name.substr(0, dot);
    const auto* gamma = unit.empty() ? nullptr : published.find(unit + ".bn.weight");
    if (!gamma) {
      out.add(renamed(name), tensor);
      continue;
    }
    if (name.ends_with(".conv.bias")) continue;  // comes with its weight
    const auto* bias = published.find(unit + ".conv.bias");
    const auto kernel =
        nn::folded(tensor, bias ? *bias : at::Tensor(), *gamma, published.at(unit + ".bn.bias"), published.at(unit + ".bn.running_mean"),
                   published.at(unit + ".bn.running_var"), kEpsilon, unit.ends_with("up1") ? 1 : 0);
    out.add(renamed(name), kernel.weight);
    out.add(renamed(unit + ".conv.bias"), kernel.bias);
  }
  return out;
}

template <class Model>
struct PpOcrWeights;
template <>
struct PpOcrWeights<PpOcrV6Detector> {
  static constexpr std::span<const io::OnnxWeightRule> rules = kPpOcrV6DetectorWeights;
};
template <>
struct PpOcrWeights<PpOcrV6Recognizer> {
  static constexpr std::span<const io::OnnxWeightRule> rules = kPpOcrV6RecognizerWeights;
};
template <>
struct PpOcrWeights<PpOcrV4Detector> {
  static constexpr std::span<const io::OnnxWeightRule> rules = kPpOcrV4DetectorWeights;
};
template <>
struct PpOcrWeights<PpOcrV4Recognizer> {
  static constexpr std::span<const io::OnnxWeightRule> rules = kPpOcrV4RecognizerWeights;
};
template <>
struct PpOcrWeights<PpOcrV2Direction> {
  static constexpr std::span<const io::OnnxWeightRule> rules = kPpOcrV2DirectionWeights;
};

}  // namespace detail

/// True when a file holds every tensor of this network.
template <class Model>
bool has_pp_ocr_weights(const io::OnnxFile& file) {
  const auto rules = detail::PpOcrWeights<Model>::rules;
  return std::all_of(rules.begin(), rules.end(), [&](const auto& rule) { return file.tensors.find(rule.onnx_name) != nullptr; });
}

/// A PP-OCR network with the published weights of an ONNX file, in deployed form and evaluation mode.
/// Throws Error when the file is not this network's.
template <class Model>
std::shared_ptr<Model> import_pp_ocr(const io::OnnxFile& file, typename Model::Options options) {
  options.backbone.form = nn::Form::deployed;
  if constexpr (requires { options.neck.form; }) options.neck.form = nn::Form::deployed;
  if constexpr (requires { options.head.form; }) options.head.form = nn::Form::deployed;
  auto model = std::make_shared<Model>(std::move(options));
  io::load_weights(*model, detail::deployed_weights(io::import_onnx(file, detail::PpOcrWeights<Model>::rules)));
  model->eval();
  return model;
}

}  // namespace scriba::zoo
