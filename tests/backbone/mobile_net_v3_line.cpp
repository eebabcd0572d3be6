#include <scriba/backbone/mobile_net_v3_line.hpp>

#include "support/line_backbone.hpp"

using namespace scriba;
using backbone::MobileNetV3LineLarge, backbone::MobileNetV3LineSmall, backbone::MobileNetV3LineTiny;

static_assert(Backbone<MobileNetV3LineSmall> && MobileNetV3LineSmall::out == features(Level{576, 4, 1}));
static_assert(MobileNetV3LineLarge::out == features(Level{960, 4, 1}) && MobileNetV3LineTiny::out == features(Level{200, 4, 1}));

TEST_CASE("MobileNetV3 makes one row of a line, W / 2 rounded up and halved frames") {
  backbone_check::frames<MobileNetV3LineSmall>(32, {{100, 25}, {101, 25}, {103, 26}, {3, 1}});
  backbone_check::frames<MobileNetV3LineLarge>(32, {{100, 25}});
  backbone_check::frames<MobileNetV3LineTiny>(48, {{192, 48}});
}

TEST_CASE_TEMPLATE("MobileNetV3 for lines trains, copies, folds, traces", B, MobileNetV3LineSmall, MobileNetV3LineLarge) {
  backbone_check::line<B>();
}
TEST_CASE("MobileNetV3 of the direction classifier trains, copies, folds, traces") { backbone_check::line<MobileNetV3LineTiny>(48); }

TEST_CASE("MobileNetV3 for lines has the reference's parameters") {
  CHECK(backbone_check::parameter_count(*MobileNetV3LineLarge::make({.planes = 1})) == 2'982'334);
  CHECK(backbone_check::parameter_count(*MobileNetV3LineSmall::make({.planes = 1})) == 927'462);
  backbone_check::reference_names(*MobileNetV3LineLarge::make({.planes = 1}), "CRNN_mbv3_large_gray_h96_c37");
  backbone_check::reference_names(*MobileNetV3LineSmall::make({.planes = 1}), "CRNN_mbv3_small_gray_h48_c37");
}
