#include <scriba/zoo/reference_detector.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <scriba/io/model_settings.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/zoo/visit_reference_detector.hpp>

#include "detector_changes.hpp"
#include "region_finder.hpp"
#include "with_engine.hpp"

namespace scriba::zoo {
namespace {

using Options = DetectorChanges;

bool any_name(const io::StateDict& weights, const std::function<bool(const std::string&)>& says) {
  return std::ranges::any_of(weights, [&](const auto& entry) { return says(entry.first); });
}

// Only networks in training form have batch statistics.
bool in_training_form(const io::StateDict& weights) {
  return any_name(weights, [](const std::string& name) { return name.ends_with(".running_mean"); });
}

// The network of a checkpoint, deployed unless it is to be compared. Names tell whose it is.
template <class Model>
std::shared_ptr<Model> loaded(typename Model::Options options, const io::StateDict& weights, bool fold) {
  const bool reference = any_name(weights, [](const std::string& name) { return name.starts_with("seg_out."); });
  if (!in_training_form(weights)) io::detail::each_form(options, [](nn::Form& form) { form = nn::Form::deployed; });
  if constexpr (requires { options.backbone.gate; })
    if (reference) options.backbone.gate = backbone::MobileNetV3Gate::per_pixel;
  auto model = std::make_shared<Model>(std::move(options));
  io::load_weights(*model, weights, {.name_map = reference ? io::reference_detector_names() : io::NameMap{}});
  model->eval();
  if (fold) model->fold();
  return model;
}

}  // namespace

RegionFinder reference_detector(std::string_view name, const std::filesystem::path& weights, const Options& options,
                                const engine::Choice& choice) {
  return visit_reference_detector(name, [&]<class Tag>(Tag) -> RegionFinder {
    if (weights.empty())
      throw Error({.what = "no pretrained weights exist for this detector",
                   .where = std::string(name),
                   .expected = "a checkpoint: train pytorchOCR's config/" + std::string(Tag::info.configuration) +
                               ".yaml, or zoo::visit_reference_detector's Model, and name the file"});
    detail::require_shares(options);
    auto settings = Tag::options();
    settings.input.resize.side = options.side.value_or(settings.input.resize.side);
    detail::apply(options, name, settings.postprocess);
    const auto state = io::read_state_dict(weights);
    const std::shared_ptr<const typename Tag::Model> model = loaded<typename Tag::Model>(settings, state, options.fold);
    auto finder = detail::with_engine(choice, model, [&](auto detector) {
      return detail::region_finder(detector, detail::engine_name(*detector), detail::settings_of(settings.input, settings.postprocess),
                                   [](const Options& changes, auto& boxes) { detail::apply(changes, Tag::info.name, boxes); });
    });
    if (in_training_form(state))
      finder.unfolded = [weights, choice, unfolded = options]() mutable {
        unfolded.fold = false;
        return reference_detector(Tag::info.name, weights, unfolded, choice);
      };
    return finder;
  });
}

}  // namespace scriba::zoo
