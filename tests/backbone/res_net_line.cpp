#include <scriba/backbone/res_net_line.hpp>

#include "support/line_backbone.hpp"

using namespace scriba;

static_assert(Backbone<backbone::ResNet34Line>);
static_assert(backbone::ResNet34Line::out == features(Level{512, 4, 1}) && backbone::ResNet50Line::out == features(Level{2048, 4, 1}));

TEST_CASE("a residual network makes one row of a line, W / 2 rounded up and halved frames") {
  backbone_check::frames<backbone::ResNet18Line>(32, {{100, 25}, {101, 25}, {103, 26}, {4, 1}, {3, 1}});
  backbone_check::frames<backbone::ResNet50Line>(48, {{40, 10}});
}

TEST_CASE_TEMPLATE("residual networks for lines train, copy, fold, trace", B, backbone::ResNet18Line, backbone::ResNet50Line) {
  backbone_check::line<B>();
}

TEST_CASE("residual networks for lines have the reference's parameters") {
  CHECK(backbone_check::parameter_count(*backbone::ResNet34Line::make({.planes = 1})) == 21'316'192);
  CHECK(backbone_check::parameter_count(*backbone::ResNet50Line::make({.planes = 1})) == 23'553'312);
  CHECK(backbone_check::parameter_count(*backbone::ResNet34Line::make()) == 21'316'192 + 2 * 9 * 32);
  backbone_check::reference_names(*backbone::ResNet34Line::make({.planes = 1}), "CRNN_resnet34_gray_h128_c37");
  backbone_check::reference_names(*backbone::ResNet50Line::make({.planes = 1}), "FC_resnet50_gray");
}

TEST_CASE("a projection averages pairs of rows, and a last row without a partner stays as it is") {
  // Branches that compute nothing leave the projection: an average, since its convolution passes every channel on.
  backbone::detail::ResNetLineBlock block({.in = 2, .inner = 2, .stride = {2, 1}});
  block.eval();
  const torch::NoGradGuard no_gradients;
  for (auto& item : block.named_parameters()) {
    const bool scale = item.key().ends_with("bn.weight");
    item.value().fill_(scale && item.key().starts_with("short") ? std::sqrt(1 + 1e-5) : 0);
  }
  block.named_parameters()["short.conv.weight"].copy_(at::eye(2).reshape({2, 2, 1, 1}));
  const auto x = at::arange(1, 13, at::kFloat).reshape({1, 2, 3, 2});
  const auto expected = at::tensor({2., 3., 5., 6., 8., 9., 11., 12.}, at::kFloat).reshape({1, 2, 2, 2});
  CHECK(golden::largest_difference(block.forward(x), expected) < 1e-5);
}
