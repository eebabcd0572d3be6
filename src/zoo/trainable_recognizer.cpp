#include <scriba/zoo/trainable_recognizer.hpp>

#include <algorithm>
#include <concepts>
#include <type_traits>
#include <utility>

#include <scriba/deploy/trace.hpp>
#include <scriba/io/model_settings.hpp>
#include <scriba/io/onnx_weights.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/loss/sum.hpp>
#include <scriba/train/bfloat16.hpp>
#include <scriba/train/ctc_targets.hpp>
#include <scriba/train/fixed_length_targets.hpp>
#include <scriba/train/output_variation.hpp>
#include <scriba/train/to_device.hpp>
#include <scriba/zoo/change_alphabet.hpp>
#include <scriba/zoo/pp_ocr.hpp>
#include <scriba/zoo/pretrained.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/visit_reference_recognizer.hpp>

#include "either_form.hpp"
#include "part_names.hpp"
#include "saved_settings.hpp"

namespace scriba::zoo {

namespace {

// Makes the targets of the loss of either kind of recogniser.
template <class Model>
auto targets_of(const Model& model, const Alphabet& alphabet) {
  if constexpr (std::same_as<typename Model::Target, loss::CtcTarget>)
    return train::CtcTargets({.alphabet = alphabet});
  else
    return train::FixedLengthTargets({.alphabet = alphabet, .positions = model.options().head.positions});
}

template <class Model>
constexpr bool kHasFrames = std::same_as<typename Model::Target, loss::CtcTarget>;

template <class Model>
struct LossOf;
template <class B, class N, class H, class L, class P>
struct LossOf<Recognizer<B, N, H, L, P>> {
  using type = L;
};

// The model's own loss, and beside it the center loss where there is one.
template <class Model>
LossTerms total_loss(const Model& model, const typename Model::Output& output, const typename Model::Target& target,
                     const CenterTerm& center, const at::Tensor& images) {
  if constexpr (kHasFrames<Model>) {
    using Both = loss::Sum<typename LossOf<Model>::type, loss::Center>;
    if (center.centers)
      return Both({.first = model.options().loss, .second = {center.centers}, .second_weight = center.weight})(
          output, {target, center.shown(images)});
  }
  return model.loss(output, target);
}

template <class Model>
TrainableRecognizer erased(std::string_view name, const RecognizerTrainingSettings& training, typename Model::Options options,
                           const Alphabet& alphabet) {
  using Target = typename Model::Target;
  const auto model = std::make_shared<Model>(std::move(options));
  const auto center = std::make_shared<CenterTerm>();
  TrainableRecognizer out{
      .name = std::string(name),
      .parts = detail::PartNames<Model>::all(),
      .training = training,
      .module = model,
      .alphabet = alphabet,
      .input = &model->options().input,
      .forward = [model](const at::Tensor& images) { return named_tensors(model->forward(model->like_parameters(images))); },
      .target = [model, targets = targets_of(*model, alphabet)](std::span<const std::string> texts, train::TextReport& report) -> std::any {
        return train::to_device(targets(texts, report), model->device());
      },
      .loss =
          [model, center](const at::Tensor& images, const std::any& target, bool bfloat16) {
            const auto output = train::forward(*model, model->like_parameters(images), bfloat16);
            auto loss = total_loss(*model, output, std::any_cast<const Target&>(target), *center, images);
            loss.terms.emplace_back("character_share", train::character_share(output.logits, /*blank=*/0));
            return loss;
          },
      .predict = [model](std::span<const cv::Mat> crops) { return model->predict(crops); },
      .save = [model, name = std::string(name)](const std::filesystem::path& path) { io::save_composed(path, name, *model); },
      .fold = [model] { model->fold(); },
      .trace = [model, name = std::string(name)](const at::Tensor& example) { return deploy::trace(*model, example, name); },
      .read_settings =
          [model](const io::Record& record) {
            auto own = model->options().postprocess.alphabet;
            detail::read_settings(record, model->options());
            model->options().postprocess.alphabet = std::move(own);
          }};
  if constexpr (kHasFrames<Model>) out.set_center_term = [center](CenterTerm term) { *center = std::move(term); };
  return out;
}

constexpr std::string_view kPpOcrV6 = "pp-ocr-v6", kPpOcrV4 = "pp-ocr-v4";

// For fine-tuning the published weights to another alphabet or another kind of text.
constexpr RecognizerTrainingSettings kFineTuning{
    .optimizer = {.kind = train::OptimizerKind::adam_w, .weight_decay = 1e-4},
    .schedule = {.kind = train::RateKind::cosine, .rate = 3e-4, .length = 10, .warm_up = 0.5, .floor = 0.01},
    .batch_size = 32};

// The deployed network of an ONNX file.
template <class Model>
io::StateDict published(const io::OnnxFile& file, const Alphabet& alphabet) {
  return io::state_dict(*import_pp_ocr<Model>(file, pp_ocr_recognizer_options<Model>(alphabet)));
}

// `reference`: for a checkpoint of pytorchOCR, whose gates of MobileNetV3 look at single pixels.
TrainableRecognizer made(std::string_view name, const Alphabet& alphabet, bool reference) {
  if (name == kPpOcrV6)
    return erased<PpOcrV6Recognizer>(name, kFineTuning, pp_ocr_recognizer_options<PpOcrV6Recognizer>(alphabet), alphabet);
  if (name == kPpOcrV4)
    return erased<PpOcrV4Recognizer>(name, kFineTuning, pp_ocr_recognizer_options<PpOcrV4Recognizer>(alphabet), alphabet);
  return visit_recognizer(name, [&]<class Tag>(Tag) {
    auto options = Tag::options(alphabet);
    if constexpr (requires { options.backbone.gate; })
      if (reference) options.backbone.gate = backbone::MobileNetV3Gate::per_pixel;
    return erased<typename Tag::Model>(name, Tag::info.training, std::move(options), alphabet);
  });
}

// A checkpoint of pytorchOCR, by its names.
bool is_reference(const io::StateDict& weights) {
  return std::ranges::any_of(
      weights, [](const auto& entry) { return entry.first.starts_with("head.lstm_") || entry.first.starts_with("head.out."); });
}

// The characters that a file names.
std::optional<Alphabet> alphabet_in(const std::optional<io::Record>& saved) {
  if (!saved || !saved->record("postprocess").has("alphabet")) return {};
  const auto settings = saved->record("postprocess");
  Alphabet alphabet;
  io::detail::SettingsReader{settings}("alphabet", alphabet);
  return alphabet;
}

// By our names, and in the precision that networks are trained in: compact files hold half of it.
io::StateDict taken(const io::StateDict& weights, const io::NameMap& names) {
  io::StateDict out;
  for (const auto& [name, tensor] : weights) out.add(names(name), tensor.is_floating_point() ? tensor.to(at::kFloat) : tensor);
  return out;
}

// The head of a file must have the classes of the characters that are named for it, or else those of the recogniser.
void require_classes(const io::StateDict& weights, const io::StateDict& fresh, const Alphabet& own, const std::optional<Alphabet>& named,
                     const std::string& file) {
  const auto wanted = (named ? *named : own).classes();
  for (const auto& [name, tensor] : fresh) {
    const auto* rows = weights.find(name);
    if (!detail::has_row_of_each_class(name) || !rows || rows->dim() == 0) continue;
    const auto positions = tensor.size(0) / own.classes();
    if (rows->size(0) == positions * wanted) continue;
    throw Error({.what = "the alphabet does not fit the weights",
                 .where = file,
                 .expected = std::to_string(wanted) + " classes, one for each character and the blank" +
                             (named ? "" : ", or the file's own characters (train_recognizer --init-alphabet)"),
                 .got = std::to_string(rows->size(0) / positions) + " classes" + (named ? "" : ", and no characters in the file")});
  }
}

}  // namespace

std::int64_t TrainableRecognizer::parameter_count() const { return detail::parameter_count(*module); }

LossTerms TrainableRecognizer::loss_of(const at::Tensor& images, std::span<const std::string> texts) const {
  train::TextReport report;
  return loss(images, target(texts, report), false);
}

const std::vector<std::string>& trainable_recognizer_names() {
  static const auto names = [] {
    std::vector<std::string> out;
    for (const auto& recognizer : kReferenceRecognizers) out.emplace_back(recognizer.name);
    for (const auto name : {kRecognizerVariant.name, kPpOcrV6, kPpOcrV4}) out.emplace_back(name);
    return out;
  }();
  return names;
}

TrainableRecognizer trainable_recognizer(std::string_view name, const Alphabet& alphabet) {
  return made(name, alphabet, /*reference=*/false);
}

InitialWeights load_initial_weights(TrainableRecognizer& recognizer, const std::filesystem::path& path,
                                    const std::optional<Alphabet>& alphabet) {
  const bool v6 = recognizer.name == kPpOcrV6, v4 = recognizer.name == kPpOcrV4;
  auto named = alphabet;
  io::StateDict weights;
  if (path.extension() == ".onnx") {
    if (!v6 && !v4)
      throw Error(
          {.what = "ONNX files give weights to PP-OCR recognisers only", .where = path.string(), .got = "--model " + recognizer.name});
    const auto file = io::read_onnx(path);
    if (!named) named = pp_ocr_alphabet(file);
    weights = v6 ? published<PpOcrV6Recognizer>(file, *named) : published<PpOcrV4Recognizer>(file, *named);
  } else {
    if (!named) named = alphabet_in(detail::saved_settings(path));
    const auto read = io::read_state_dict(path);
    const auto index = reference_recognizer_index(recognizer.name);
    weights =
        taken(read, index && is_reference(read) ? io::reference_recognizer_names(kReferenceRecognizers[*index].lstms) : io::NameMap{});
  }
  const auto fresh = io::state_dict(*recognizer.module);
  require_classes(weights, fresh, recognizer.alphabet, named, path.string());
  InitialWeights out;
  if (named) {
    weights = with_head_for(recognizer.alphabet, weights, *named, fresh);
    out.characters = alphabet_change(*named, recognizer.alphabet);
  }
  out.deployed = detail::load_either_form(*recognizer.module, weights);
  return out;
}

TrainableRecognizer finished_recognizer(std::string_view name, std::filesystem::path file, std::optional<Alphabet> alphabet) {
  if (file.empty() && name == kPpOcrV6) file = pretrained_folder() / kPpOcrV6RecognizerFile;
  if (file.empty())
    throw Error({.what = "no pretrained weights exist for this recogniser", .where = std::string(name), .expected = "a checkpoint"});
  const bool onnx = file.extension() == ".onnx";
  const auto saved = onnx ? std::nullopt : detail::saved_settings(file);
  // PP-OCR keeps the rows of the characters that it is given; the classes of others are called by them.
  const bool by_character = name == kPpOcrV6 || name == kPpOcrV4;
  if (!alphabet) alphabet = onnx ? pp_ocr_alphabet(io::read_onnx(file)) : alphabet_in(saved).value_or(english_alphabet());
  auto recognizer = made(name, *alphabet, !onnx && is_reference(io::read_state_dict(file)));
  load_initial_weights(recognizer, file, by_character ? std::nullopt : alphabet);
  if (saved) recognizer.read_settings(*saved);
  if (saved && saved->has("language"))
    recognizer.trace = [trace = recognizer.trace, language = deploy::to_json(saved->record("language"))](const at::Tensor& example) {
      auto traced = trace(example);
      traced.metadata[deploy::kLanguageKey] = language;
      return traced;
    };
  recognizer.module->eval();
  recognizer.fold();
  return recognizer;
}

std::shared_ptr<loss::ClassCenters> add_center_loss(TrainableRecognizer& recognizer, TrainableRecognizer frozen,
                                                    const CenterLossOptions& options) {
  if (!recognizer.set_center_term)
    throw Error({.what = "a center loss needs a recogniser with CTC", .where = recognizer.name, .got = recognizer.parts[2]});
  if (frozen.alphabet.characters() != recognizer.alphabet.characters())
    throw Error({.what = "the frozen network has another alphabet",
                 .where = frozen.name,
                 .expected = std::to_string(recognizer.alphabet.classes()) + " classes, the recogniser's",
                 .got = std::to_string(frozen.alphabet.classes())});
  const auto device = recognizer.module->parameters().front().device();
  const auto centers = std::make_shared<loss::ClassCenters>(recognizer.alphabet.classes(), recognizer.alphabet.classes());
  centers->to(device);
  frozen.module->to(device);
  frozen.module->eval();
  recognizer.set_center_term({.centers = centers,
                              .weight = options.weight,
                              .shown = [frozen = std::move(frozen), labels = options.labels](const at::Tensor& images) {
                                const at::NoGradGuard no_gradients;
                                return train::frame_labels(output_from<head::CtcSequence>(frozen.forward(images)), labels);
                              }});
  return centers;
}

}  // namespace scriba::zoo
