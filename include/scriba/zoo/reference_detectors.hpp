#pragma once

#include <scriba/backbone/mobile_net_v3.hpp>
#include <scriba/backbone/res_net.hpp>
#include <scriba/backbone/sast_res_net.hpp>
#include <scriba/detector.hpp>
#include <scriba/head/db.hpp>
#include <scriba/head/db_multi_class.hpp>
#include <scriba/head/pan.hpp>
#include <scriba/head/pse.hpp>
#include <scriba/head/sast.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/loss/db_multi_class.hpp>
#include <scriba/loss/pan.hpp>
#include <scriba/loss/pse.hpp>
#include <scriba/loss/sast.hpp>
#include <scriba/neck/db_fpn.hpp>
#include <scriba/neck/fpem_ffm.hpp>
#include <scriba/neck/fpn.hpp>
#include <scriba/neck/sast_fusion.hpp>
#include <scriba/postprocess/db_boxes.hpp>
#include <scriba/postprocess/db_multi_class_boxes.hpp>
#include <scriba/postprocess/pan_boxes.hpp>
#include <scriba/postprocess/pse_boxes.hpp>
#include <scriba/postprocess/sast_boxes.hpp>

/// The detection configurations of pytorchOCR as types, each with the options it is evaluated with on ICDAR 2015: input size, ImageNet's
/// constants on B, G, R, thresholds and the reference's rules of post-processing. How each was trained: zoo/reference_detector_list.hpp.
/// Networks with MobileNetV3 are made with pooled gates; checkpoints of the reference need `backbone.gate` per_pixel.
namespace scriba::zoo {

namespace detail {

constexpr DetectorInput reference_input(ResizeSide by, int side, int multiple) {
  return {.resize = {.by = by, .side = side, .multiple = multiple}, .normalization = imagenet_normalization()};
}

// What DB and PAN, PSENet, SAST are validated at.
constexpr DetectorInput kShorter736 = reference_input(ResizeSide::shorter, 736, 32);
constexpr DetectorInput kLonger2240 = reference_input(ResizeSide::longer, 2240, 32);
constexpr DetectorInput kLonger1536 = reference_input(ResizeSide::longer, 1536, 128);

}  // namespace detail

/// 579,550 parameters; 556,293 without the threshold branch, which fold() drops.
using DbMobileNetV3Small = Detector<backbone::MobileNetV3Small, neck::DbFpn<96>, head::Db, loss::Db, postprocess::DbBoxes>;
inline DbMobileNetV3Small::Options db_mobile_net_v3_small_options() {
  return {.postprocess = postprocess::db_boxes_reference(), .input = detail::kShorter736};
}

/// 25.4 million parameters.
using DbResNet50 = Detector<backbone::ResNet50, neck::DbFpn<256>, head::Db, loss::Db, postprocess::DbBoxes>;
inline DbResNet50::Options db_res_net50_options() {
  return {.postprocess = postprocess::db_boxes_reference(), .input = detail::kShorter736};
}

/// 26.0 million parameters.
using DbResNet50DeepFpem = Detector<backbone::ResNet50Deep, neck::FpemFfm<256>, head::Db, loss::Db, postprocess::DbBoxes>;
inline DbResNet50DeepFpem::Options db_res_net50_deep_fpem_options() {
  DbResNet50DeepFpem::Options options{.postprocess = postprocess::db_boxes_reference(), .input = detail::kShorter736};
  options.postprocess.threshold = 0.2f;
  options.postprocess.box_threshold = 0.3f;
  options.postprocess.unclip_ratio = 1.5f;
  return options;
}

/// 25.6 million parameters; three kinds of text.
using DbMultiClassResNet50 =
    Detector<backbone::ResNet50, neck::DbFpn<256>, head::DbMultiClass, loss::DbMultiClass, postprocess::DbMultiClassBoxes>;
inline DbMultiClassResNet50::Options db_multi_class_res_net50_options() {
  return {.head = {.classes = 3}, .postprocess = postprocess::db_multi_class_boxes_reference(), .input = detail::kShorter736};
}

/// 1.03 million parameters. The only one that is read as polygons.
using PseMobileNetV3Small = Detector<backbone::MobileNetV3Small, neck::Fpn<96>, head::Pse, loss::Pse, postprocess::PseBoxes>;
inline PseMobileNetV3Small::Options pse_mobile_net_v3_small_options() {
  return {.postprocess = postprocess::pse_boxes_reference(postprocess::RegionShape::polygon), .input = detail::kLonger2240};
}

/// 28.6 million parameters.
using PseResNet50 = Detector<backbone::ResNet50, neck::Fpn<256>, head::Pse, loss::Pse, postprocess::PseBoxes>;
inline PseResNet50::Options pse_res_net50_options() {
  return {.postprocess = postprocess::pse_boxes_reference(), .input = detail::kLonger2240};
}

/// 28.7 million parameters.
using PseResNet50Deep = Detector<backbone::ResNet50Deep, neck::Fpn<256>, head::Pse, loss::Pse, postprocess::PseBoxes>;
inline PseResNet50Deep::Options pse_res_net50_deep_options() {
  return {.postprocess = postprocess::pse_boxes_reference(), .input = detail::kLonger2240};
}

/// 610,802 parameters.
using PanMobileNetV3Small = Detector<backbone::MobileNetV3Small, neck::FpemFfm<96>, head::Pan, loss::Pan, postprocess::PanBoxes>;
inline PanMobileNetV3Small::Options pan_mobile_net_v3_small_options() {
  return {.postprocess = postprocess::pan_boxes_reference_mobile(), .input = detail::kShorter736};
}

/// 11.6 million parameters.
using PanResNet18 = Detector<backbone::ResNet18, neck::FpemFfm<128>, head::Pan, loss::Pan, postprocess::PanBoxes>;
inline PanResNet18::Options pan_res_net18_options() {
  return {.postprocess = postprocess::pan_boxes_reference(), .input = detail::kShorter736};
}

/// 11.7 million parameters.
using PanResNet18Deep = Detector<backbone::ResNet18Deep, neck::FpemFfm<128>, head::Pan, loss::Pan, postprocess::PanBoxes>;
inline PanResNet18Deep::Options pan_res_net18_deep_options() {
  return {.postprocess = postprocess::pan_boxes_reference(), .input = detail::kShorter736};
}

/// 47.5 million parameters. Images go in at multiples of 128 pixels.
using SastResNet50 = Detector<backbone::SastResNet50, neck::SastFusion, head::Sast, loss::Sast, postprocess::SastBoxes>;
inline SastResNet50::Options sast_res_net50_options() {
  return {.postprocess = postprocess::sast_boxes_reference(), .input = detail::kLonger1536};
}

/// 47.7 million parameters.
using SastResNet50Deep = Detector<backbone::SastResNet50Deep, neck::SastFusion, head::Sast, loss::Sast, postprocess::SastBoxes>;
inline SastResNet50Deep::Options sast_res_net50_deep_options() {
  return {.postprocess = postprocess::sast_boxes_reference(), .input = detail::kLonger1536};
}

}  // namespace scriba::zoo
