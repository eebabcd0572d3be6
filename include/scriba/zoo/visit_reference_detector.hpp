#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <scriba/core/error.hpp>
#include <scriba/train/db_multi_class_targets.hpp>
#include <scriba/train/db_targets.hpp>
#include <scriba/train/pan_targets.hpp>
#include <scriba/train/pse_targets.hpp>
#include <scriba/train/sast_targets.hpp>
#include <scriba/zoo/reference_detector_list.hpp>
#include <scriba/zoo/reference_detectors.hpp>

namespace scriba::zoo {

/// A detector of a list as a type, for code that handles all of them alike. `Make` gives the model's options, `MakeTargets` those of its
/// targets.
template <const auto& List, std::size_t Index, class M, class T, typename M::Options (*Make)(), typename T::Options (*MakeTargets)()>
struct DetectorTag {
  using Model = M;
  using Targets = T;  ///< makes what Model::loss learns from
  static constexpr std::size_t index = Index;
  static constexpr const DetectorInfo& info = List[Index];
  static typename M::Options options() { return Make(); }
  static typename T::Options target_options() { return MakeTargets(); }
};

namespace detail {

// A name that is not in the list does not compile.
consteval std::size_t at(std::string_view name) { return reference_detector_index(name).value(); }

template <class T>
typename T::Options plain() {
  return {};
}
inline target::DbMapOptions three_classes() { return {.classes = 3}; }
inline target::PanMapOptions small_kernels() { return {.shrink_ratio = 0.4}; }

using train::DbMultiClassTargets, train::DbTargets, train::PanTargets, train::PseTargets, train::SastTargets;

template <std::size_t Index, class M, class T, typename M::Options (*Make)(), typename T::Options (*MakeTargets)() = plain<T>>
using Tag = DetectorTag<kReferenceDetectors, Index, M, T, Make, MakeTargets>;

using ReferenceDetectorTags = std::tuple<
    Tag<at("db-mobilenet-v3-small"), DbMobileNetV3Small, DbTargets, db_mobile_net_v3_small_options>,
    Tag<at("db-resnet50"), DbResNet50, DbTargets, db_res_net50_options>,
    Tag<at("db-resnet50-deep-fpem"), DbResNet50DeepFpem, DbTargets, db_res_net50_deep_fpem_options>,
    Tag<at("db-multi-class-resnet50"), DbMultiClassResNet50, DbMultiClassTargets, db_multi_class_res_net50_options, three_classes>,
    Tag<at("pse-mobilenet-v3-small"), PseMobileNetV3Small, PseTargets, pse_mobile_net_v3_small_options>,
    Tag<at("pse-resnet50"), PseResNet50, PseTargets, pse_res_net50_options>,
    Tag<at("pse-resnet50-deep"), PseResNet50Deep, PseTargets, pse_res_net50_deep_options>,
    Tag<at("pan-mobilenet-v3-small"), PanMobileNetV3Small, PanTargets, pan_mobile_net_v3_small_options, small_kernels>,
    Tag<at("pan-resnet18"), PanResNet18, PanTargets, pan_res_net18_options>,
    Tag<at("pan-resnet18-deep"), PanResNet18Deep, PanTargets, pan_res_net18_deep_options>,
    Tag<at("sast-resnet50"), SastResNet50, SastTargets, sast_res_net50_options>,
    Tag<at("sast-resnet50-deep"), SastResNet50Deep, SastTargets, sast_res_net50_deep_options>,
    Tag<at("sast-resnet50-mixed"), SastResNet50, SastTargets, sast_res_net50_options>>;
static_assert(std::tuple_size_v<ReferenceDetectorTags> == kReferenceDetectors.size());

// `visit` is compiled for every tag and called for one.
template <class Tags, std::size_t I, class Visit>
decltype(auto) visit_tag(std::size_t index, Visit&& visit) {
  using Chosen = std::tuple_element_t<I, Tags>;
  static_assert(Chosen::index == I, "the tags stand in the order of the list");
  if constexpr (I + 1 < std::tuple_size_v<Tags>)
    if (index != I) return visit_tag<Tags, I + 1>(index, std::forward<Visit>(visit));
  return std::forward<Visit>(visit)(Chosen());
}

}  // namespace detail

/// visit(DetectorTag<...>()) for the configuration of that name; returns what it returns, one type for all tags.
/// Everything that `visit` does is compiled thirteen times: keep it in one source file. Throws Error with the names for any other name.
///
///     auto model = zoo::visit_reference_detector("db-resnet50", []<class Tag>(Tag) -> std::shared_ptr<torch::nn::Module> {
///       return std::make_shared<typename Tag::Model>(Tag::options());
///     });
template <class Visit>
decltype(auto) visit_reference_detector(std::string_view name, Visit&& visit) {
  const auto index = reference_detector_index(name);
  if (!index) throw Error({.what = "no such detector", .where = std::string(name), .expected = "one of " + reference_detector_choice()});
  return detail::visit_tag<detail::ReferenceDetectorTags, 0>(*index, std::forward<Visit>(visit));
}

}  // namespace scriba::zoo
