#include <scriba/zoo/reference_detector.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <scriba/io/model_settings.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/zoo/visit_reference_detector.hpp>

#include "detector_changes.hpp"

namespace scriba::zoo {
namespace {

using Options = DetectorChanges;

// The network of a checkpoint, deployed. Names tell whose it is, and only networks in training form have batch statistics.
template <class Model>
std::shared_ptr<Model> loaded(typename Model::Options options, const io::StateDict& weights) {
  const auto any = [&](const auto& says) { return std::ranges::any_of(weights, [&](const auto& entry) { return says(entry.first); }); };
  const bool reference = any([](const std::string& name) { return name.starts_with("seg_out."); });
  if (!any([](const std::string& name) { return name.ends_with(".running_mean"); }))
    io::detail::each_form(options, [](nn::Form& form) { form = nn::Form::deployed; });
  if constexpr (requires { options.backbone.gate; })
    if (reference) options.backbone.gate = backbone::MobileNetV3Gate::per_pixel;
  auto model = std::make_shared<Model>(std::move(options));
  io::load_weights(*model, weights, {.name_map = reference ? io::reference_detector_names() : io::NameMap{}});
  model->eval();
  model->fold();
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
    detail::apply(options, name, settings.postprocess);
    const auto model = loaded<typename Tag::Model>(std::move(settings), io::read_state_dict(weights));
    return {[model](const cv::Mat& image) { return model->predict(image); }, "LibTorch"};
  });
}

}  // namespace scriba::zoo
