#include <scriba/zoo/reference_recognizer.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <scriba/io/model_settings.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/zoo/visit_reference_recognizer.hpp>

#include "apply_search.hpp"
#include "either_form.hpp"
#include "saved_settings.hpp"
#include "with_engine.hpp"

namespace scriba::zoo {
namespace {

// Names tell whose weights they are.
bool is_reference(const io::StateDict& weights) {
  return std::ranges::any_of(
      weights, [](const auto& entry) { return entry.first.starts_with("head.lstm_") || entry.first.starts_with("head.out."); });
}

// An alphabet of another size would show as a misfit of the last layer's shape.
void require_alphabet(const io::StateDict& weights, const io::NameMap& names, const Alphabet& alphabet) {
  for (const auto& [name, tensor] : weights)
    if (names(name) == "head.fc.weight" && tensor.dim() == 2) alphabet.require_classes(tensor.size(0));
}

std::optional<Alphabet> alphabet_in(const std::optional<io::Record>& record) {
  if (!record) return {};
  const auto settings = record->record("postprocess");
  Alphabet alphabet;
  io::detail::SettingsReader{settings}("alphabet", alphabet);
  return alphabet;
}

// The network of a checkpoint, deployed.
template <class Tag>
auto loaded(Alphabet alphabet, const io::StateDict& weights, const TextSearch& search, const std::optional<io::Record>& saved,
            const std::optional<io::WordLanguage>& own) {
  using Model = typename Tag::Model;
  const bool reference = is_reference(weights);
  const auto names = reference ? io::reference_recognizer_names(Tag::info.lstms) : io::NameMap{};
  require_alphabet(weights, names, alphabet);
  auto options = Tag::options(alphabet);
  if (saved) {
    detail::read_settings(*saved, options);
    options.postprocess.alphabet = std::move(alphabet);  // the caller's may be another
  }
  detail::apply(search, own, Tag::info.name, options.postprocess);
  if (!detail::in_training_form(weights)) io::detail::each_form(options, [](nn::Form& form) { form = nn::Form::deployed; });
  if constexpr (requires { options.backbone.gate; })
    if (reference) options.backbone.gate = backbone::MobileNetV3Gate::per_pixel;
  const auto model = std::make_shared<Model>(std::move(options));
  io::load_weights(*model, weights, {.name_map = names});
  model->eval();
  model->fold();
  return model;
}

std::string where_from(const RecognizerInfo& recognizer) {
  if (recognizer.configuration.empty()) return "a checkpoint of train_recognizer";
  return "a checkpoint: train pytorchOCR's config/" + std::string(recognizer.configuration) +
         ".yaml, or zoo::visit_reference_recognizer's Model, and name the file";
}

}  // namespace

LineReader reference_recognizer(std::string_view name, const std::filesystem::path& weights, const ReferenceRecognizerOptions& options) {
  return visit_recognizer(name, [&]<class Tag>(Tag) -> LineReader {
    if (weights.empty())
      throw Error(
          {.what = "no pretrained weights exist for this recogniser", .where = std::string(name), .expected = where_from(Tag::info)});
    const auto saved = detail::saved_settings(weights);
    auto alphabet = options.alphabet ? options.alphabet : alphabet_in(saved);
    const auto own = saved ? io::word_language(*saved, weights.string()) : std::nullopt;
    const std::shared_ptr<const typename Tag::Model> model =
        loaded<Tag>(std::move(alphabet).value_or(english_alphabet()), io::read_state_dict(weights), options.search, saved, own);
    return detail::with_engine(options.engine, model, [](auto recognizer) -> LineReader {
      return {[recognizer](std::span<const cv::Mat> crops) { return recognizer->predict(crops); }, detail::engine_name(*recognizer)};
    });
  });
}

}  // namespace scriba::zoo
