#include <scriba/backbone/sc_net.hpp>

#include "support/backbone.hpp"

using namespace scriba;

static_assert(Backbone<backbone::ScNet50>);
static_assert(backbone::ScNet50::out == features(Level{256, 4}, Level{512, 8}, Level{1024, 16}, Level{2048, 32}));

TEST_CASE("levels, copies, training, graphs and fold of SCNet-50") {
  const auto backbone = backbone::ScNet50::make();
  backbone_check::levels(*backbone, {{128, 128}, {160, 224}, {101, 139}});
  backbone_check::training_step(*backbone, {2, 3, 128, 128});
  backbone_check::copies(*backbone, {1, 3, 128, 160});
  backbone_check::traces(*backbone, {1, 3, 128, 128}, {1, 3, 160, 224});  // maps of 5 x 7 are no multiples of the pooling
  backbone_check::fold(*backbone, {1, 3, 128, 160});
  backbone_check::traces(*backbone, {1, 3, 128, 128}, {1, 3, 160, 224});
}

TEST_CASE("the reference's pooling has a margin, which lets images be smaller") {
  const auto backbone = backbone::ScNet50::make({.pool_padding = 1});
  backbone_check::levels(*backbone, {{64, 64}, {33, 75}, {160, 128}});
  backbone_check::training_step(*backbone, {2, 3, 64, 64});
  backbone_check::fold(*backbone, {1, 3, 64, 96});
}

TEST_CASE("an image that is too small is refused with the reason") {
  const torch::NoGradGuard no_gradients;
  CHECK_THROWS_WITH_AS(backbone::ScNet50::make()->forward(at::zeros({1, 3, 96, 200})),
                       "image too small for ScNet, which pools its maps by 4: expected maps of at least 4 pixels a side (stage 4: 1/32 of "
                       "the image), got 7 x 3",
                       Error);
  CHECK_THROWS_AS(backbone::ScNet50::make({.pool_padding = 1})->forward(at::zeros({1, 3, 64, 32})), Error);
}

TEST_CASE("parameters of SCNet-50 are those of ResNet-50 and one more batch norm of each block's inner width") {
  // Two halves of 1 x 1, four 3 x 3 of half the width: as many weights as a bottleneck block has.
  const std::int64_t norms = 2 * (3 * 64 + 4 * 128 + 6 * 256 + 3 * 512) * 2 / 2;
  CHECK(backbone_check::parameter_count(*backbone::ScNet50::make()) == 25'557'032 - 2'049'000 + norms);  // published: 25.56 million
}

TEST_CASE("names of SCNet-50 are the authors'") {
  const auto names = backbone::ScNet50::make()->named_parameters();
  for (const char* name : {"conv1.weight", "bn1.bias", "layer1.0.conv1_a.weight", "layer1.0.bn1_a.weight", "layer1.0.conv1_b.weight",
                           "layer1.0.bn1_b.bias", "layer2.3.k1.0.weight", "layer2.3.k1.1.bias", "layer3.5.scconv.k2.1.weight",
                           "layer3.5.scconv.k2.2.bias", "layer3.5.scconv.k3.0.weight", "layer4.2.scconv.k4.1.weight",
                           "layer4.2.conv3.weight", "layer4.2.bn3.bias", "layer1.0.downsample.0.weight", "layer4.0.downsample.1.bias"})
    CHECK_MESSAGE(names.contains(name), name);
  CHECK(names.size() == 3 + 16 * 7 * 3 + 4 * 3);  // stem, seven convolutions a block with their batch norms, projections
}

TEST_CASE("a self-calibrated convolution is the published formula") {
  const torch::NoGradGuard no_gradients;
  backbone::detail::ScConv conv(3, 2, {});
  conv.to(at::kDouble);
  golden::randomize(conv, 7);
  conv.eval();
  const auto x = at::randn({2, 3, 9, 14}, at::kDouble);
  const auto weights = io::state_dict(conv);
  const auto layer = [&](const at::Tensor& in, const std::string& convolution, const std::string& norm, std::int64_t stride) {
    return at::batch_norm(at::conv2d(in, weights.at(convolution + ".weight"), {}, stride, 1), weights.at(norm + ".weight"),
                          weights.at(norm + ".bias"), weights.at(norm + ".running_mean"), weights.at(norm + ".running_var"), false, 0, 1e-5,
                          false);
  };
  namespace F = torch::nn::functional;
  const auto wide = F::interpolate(layer(at::avg_pool2d(x, 4), "k2.1", "k2.2", 1),
                                   F::InterpolateFuncOptions().size(std::vector<std::int64_t>{9, 14}).mode(torch::kNearest));
  const auto expected = layer(layer(x, "k3.0", "k3.1", 1) * at::sigmoid(x + wide), "k4.0", "k4.1", 2);
  CHECK(golden::largest_difference(conv.forward(x), expected) < 1e-12);
}
