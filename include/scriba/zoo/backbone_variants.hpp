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

/// DB as published, with deformable convolutions in all stages but the first: this type, and DbResNet50 with the options below it. 12.8 and
/// 26.3 million parameters.
using DbResNet18 = Detector<backbone::ResNet18, neck::DbFpn<256>, head::Db, loss::Db, postprocess::DbBoxes>;
inline DbResNet18::Options db_res_net18_deformable_options() {
  return {.backbone = {.deformable = {false, true, true, true}},
          .postprocess = postprocess::db_boxes_reference(),
          .input = detail::kShorter736};
}
inline DbResNet50::Options db_res_net50_deformable_options() {
  auto options = db_res_net50_options();
  options.backbone.deformable = {false, true, true, true};
  return options;
}

}  // namespace scriba::zoo
