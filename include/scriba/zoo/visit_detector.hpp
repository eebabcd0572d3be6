#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <scriba/core/error.hpp>
#include <scriba/zoo/backbone_variants.hpp>
#include <scriba/zoo/visit_reference_detector.hpp>

namespace scriba::zoo {

namespace detail {

consteval std::size_t variant_at(std::string_view name) { return detector_variant_index(name).value(); }

template <std::size_t Index, class M, class T, typename M::Options (*Make)()>
using VariantTag = DetectorTag<kDetectorVariants, Index, M, T, Make, plain<T>>;

using DetectorVariantTags =
    std::tuple<VariantTag<variant_at("db-densenet121"), DbDenseNet121, DbTargets, db_dense_net121_options>,
               VariantTag<variant_at("db-scnet50"), DbScNet50, DbTargets, db_sc_net50_options>,
               VariantTag<variant_at("db-resnet18-dcn"), DbResNet18, DbTargets, db_res_net18_deformable_options>,
               VariantTag<variant_at("db-resnet50-dcn"), DbResNet50, DbTargets, db_res_net50_deformable_options>,
               VariantTag<variant_at("pan-shufflenet-v2-x1"), PanShuffleNetV2X10, PanTargets, pan_shuffle_net_v2_x10_options>>;
static_assert(std::tuple_size_v<DetectorVariantTags> == kDetectorVariants.size());

}  // namespace detail

/// As visit_reference_detector(), for the detectors of kReferenceDetectors and of kDetectorVariants.
template <class Visit>
decltype(auto) visit_detector(std::string_view name, Visit&& visit) {
  const auto reference = reference_detector_index(name), variant = detector_variant_index(name);
  if (!reference && !variant)
    throw Error({.what = "no such detector", .where = std::string(name), .expected = "one of " + detector_choice()});
  if (variant) return detail::visit_tag<detail::DetectorVariantTags, 0>(*variant, std::forward<Visit>(visit));
  return detail::visit_tag<detail::ReferenceDetectorTags, 0>(*reference, std::forward<Visit>(visit));
}

}  // namespace scriba::zoo
