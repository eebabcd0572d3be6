#include <scriba/zoo/reference_detector.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <scriba/io/model_settings.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/zoo/visit_detector.hpp>

#include "detector_changes.hpp"
#include "either_form.hpp"
#include "region_finder.hpp"
#include "saved_settings.hpp"
#include "with_engine.hpp"

namespace scriba::zoo {
namespace {

using Options = DetectorChanges;

// The network of a checkpoint, deployed unless it is to be compared. Names tell whose it is.
template <class Model>
std::shared_ptr<Model> loaded(typename Model::Options options, const io::StateDict& weights, bool fold) {
  const bool reference = std::ranges::any_of(weights, [](const auto& entry) { return entry.first.starts_with("seg_out."); });
  if (!detail::in_training_form(weights)) io::detail::each_form(options, [](nn::Form& form) { form = nn::Form::deployed; });
  if constexpr (requires { options.backbone.gate; })
    if (reference) options.backbone.gate = backbone::MobileNetV3Gate::per_pixel;
  if constexpr (requires { options.head.classes; })
    if (const auto classes = detail::class_count(weights)) options.head.classes = *classes;
  auto model = std::make_shared<Model>(std::move(options));
  io::load_weights(*model, weights, {.name_map = reference ? io::reference_detector_names() : io::NameMap{}});
  model->eval();
  if (fold) model->fold();
  return model;
}

std::string where_from(const DetectorInfo& detector) {
  if (detector.configuration.empty()) return "a checkpoint of train_detector";
  return "a checkpoint: train pytorchOCR's config/" + std::string(detector.configuration) +
         ".yaml, or zoo::visit_reference_detector's Model, and name the file";
}

}  // namespace

RegionFinder reference_detector(std::string_view name, const std::filesystem::path& weights, const Options& options,
                                const engine::Choice& choice) {
  return visit_detector(name, [&]<class Tag>(Tag) -> RegionFinder {
    using Model = typename Tag::Model;
    if (weights.empty())
      throw Error({.what = "no pretrained weights exist for this detector", .where = std::string(name), .expected = where_from(Tag::info)});
    detail::require_shares(options);
    const auto change = [&](typename Model::Options& settings) {
      settings.input.resize.side = options.side.value_or(settings.input.resize.side);
      detail::apply(options, name, settings.postprocess);
    };
    auto settings = Tag::options();
    change(settings);  // what the detector does not have is refused before a file is read
    const auto state = io::read_state_dict(weights);
    const auto model = loaded<Model>(settings, state, options.fold);
    if (const auto saved = detail::saved_settings(weights)) {
      detail::read_settings(*saved, model->options());
      change(model->options());
    }
    auto finder = detail::with_engine(choice, std::shared_ptr<const Model>(model), [&](auto detector) {
      const auto& used = detector->options();
      return detail::region_finder(detector, detail::engine_name(*detector), detail::settings_of(used.input, used.postprocess),
                                   [](const Options& changes, auto& boxes) { detail::apply(changes, Tag::info.name, boxes); });
    });
    if (detail::in_training_form(state))
      finder.unfolded = [weights, choice, unfolded = options]() mutable {
        unfolded.fold = false;
        return reference_detector(Tag::info.name, weights, unfolded, choice);
      };
    return finder;
  });
}

}  // namespace scriba::zoo
