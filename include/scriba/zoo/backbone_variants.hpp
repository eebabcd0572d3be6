#pragma once

#include <scriba/backbone/dense_net.hpp>
#include <scriba/backbone/sc_net.hpp>
#include <scriba/backbone/shuffle_net_v2.hpp>
#include <scriba/zoo/reference_detectors.hpp>

/// Detectors with backbones that pytorchOCR's configurations do not use, but its older branch and its ancestors have. Thresholds and input
/// sizes are those of pytorchOCR's DB and PAN with ResNets. No weights of whole detectors are published; those of the backbones, trained
/// on ImageNet, load by name.
namespace scriba::zoo {

/// 8.6 million parameters.
using DbDenseNet121 = Detector<backbone::DenseNet121, neck::DbFpn<256>, head::Db, loss::Db, postprocess::DbBoxes>;
inline DbDenseNet121::Options db_dense_net121_options() {
  return {.postprocess = postprocess::db_boxes_reference(), .input = detail::kShorter736};
}

/// 25.4 million parameters.
using DbScNet50 = Detector<backbone::ScNet50, neck::DbFpn<256>, head::Db, loss::Db, postprocess::DbBoxes>;
inline DbScNet50::Options db_sc_net50_options() { return {.postprocess = postprocess::db_boxes_reference(), .input = detail::kShorter736}; }

/// 1.2 million parameters; what PAN.pytorch trained besides ResNets.
using PanShuffleNetV2X10 = Detector<backbone::ShuffleNetV2X10, neck::FpemFfm<128>, head::Pan, loss::Pan, postprocess::PanBoxes>;
inline PanShuffleNetV2X10::Options pan_shuffle_net_v2_x10_options() {
  return {.postprocess = postprocess::pan_boxes_reference(), .input = detail::kShorter736};
}

}  // namespace scriba::zoo
