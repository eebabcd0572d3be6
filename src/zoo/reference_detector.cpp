#include <scriba/zoo/reference_detector.hpp>

#include <algorithm>
#include <cmath>
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

namespace scriba::zoo {
namespace {

using Options = DetectorChanges;

void refuse(bool given, std::string_view detector, const char* option) {
  if (given) throw Error({.what = "this detector has no such option", .where = std::string(detector), .got = option});
}

// PSENet and PAN compare logits.
float logit(float probability) { return std::log(probability / (1 - probability)); }

void apply(const Options& options, std::string_view, postprocess::DbBoxesOptions& boxes) {
  if (options.shape) boxes.rule = postprocess::db_boxes_reference(*options.shape).rule;
  detail::apply(options, boxes);
}

void apply(const Options& options, std::string_view detector, postprocess::DbMultiClassBoxesOptions& boxes) {
  refuse(options.shape == postprocess::RegionShape::polygon, detector, "polygons");
  const auto rule = boxes.boxes.rule;
  apply(options, detector, boxes.boxes);
  boxes.boxes.rule = rule;
}

// PSENet and PAN.
template <class Boxes>
requires requires(Boxes boxes) { boxes.regions.min_score; }
void apply(const Options& options, std::string_view detector, Boxes& boxes) {
  refuse(options.unclip_ratio.has_value(), detector, "unclip ratio");
  if (options.threshold) boxes.threshold = logit(*options.threshold);
  boxes.regions.min_score = options.box_threshold.value_or(boxes.regions.min_score);
  boxes.regions.shape = options.shape.value_or(boxes.regions.shape);
}

void apply(const Options& options, std::string_view detector, postprocess::SastBoxesOptions& boxes) {
  refuse(options.unclip_ratio.has_value(), detector, "unclip ratio");
  refuse(options.box_threshold.has_value(), detector, "box threshold");
  boxes.score_threshold = options.threshold.value_or(boxes.score_threshold);
  boxes.shape = options.shape.value_or(boxes.shape);
}

// What the changes would have to be to give these options.
using detail::settings_of;

DetectorChanges settings_of(const DetectorInput& input, const postprocess::DbMultiClassBoxesOptions& boxes) {
  return settings_of(input, boxes.boxes);
}

template <class Boxes>
requires requires(Boxes boxes) { boxes.regions.min_score; }
DetectorChanges settings_of(const DetectorInput& input, const Boxes& boxes) {
  return {.side = input.resize.side,
          .threshold = 1 / (1 + std::exp(-boxes.threshold)),
          .box_threshold = boxes.regions.min_score,
          .shape = boxes.regions.shape};
}

DetectorChanges settings_of(const DetectorInput& input, const postprocess::SastBoxesOptions& boxes) {
  return {.side = input.resize.side, .threshold = boxes.score_threshold, .shape = boxes.shape};
}

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

RegionFinder reference_detector(std::string_view name, const std::filesystem::path& weights, const Options& options) {
  return visit_reference_detector(name, [&]<class Tag>(Tag) -> RegionFinder {
    if (weights.empty())
      throw Error({.what = "no pretrained weights exist for this detector",
                   .where = std::string(name),
                   .expected = "a checkpoint: train pytorchOCR's config/" + std::string(Tag::info.configuration) +
                               ".yaml, or zoo::visit_reference_detector's Model, and name the file"});
    detail::require_shares(options);
    auto settings = Tag::options();
    settings.input.resize.side = options.side.value_or(settings.input.resize.side);
    apply(options, name, settings.postprocess);
    const auto state = io::read_state_dict(weights);
    const std::shared_ptr<const typename Tag::Model> model = loaded<typename Tag::Model>(settings, state, options.fold);
    auto finder = detail::region_finder(model, "LibTorch", settings_of(settings.input, settings.postprocess),
                                        [](const Options& changes, auto& boxes) { apply(changes, Tag::info.name, boxes); });
    if (in_training_form(state))
      finder.unfolded = [weights, unfolded = options]() mutable {
        unfolded.fold = false;
        return reference_detector(Tag::info.name, weights, unfolded);
      };
    return finder;
  });
}

}  // namespace scriba::zoo
