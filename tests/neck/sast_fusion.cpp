#include <scriba/concepts.hpp>
#include <scriba/neck/sast_fusion.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kLevels = features(Level{3, 1}, Level{5, 2}, Level{6, 4}, Level{7, 8}, Level{8, 16}, Level{9, 32}, Level{10, 64});

static_assert(Neck<neck::SastFusion>);
static_assert(neck::SastFusion::accepts(kLevels));
static_assert(!neck::SastFusion::accepts(features(Level{6, 4}, Level{7, 8}, Level{8, 16}, Level{9, 32})));
static_assert(!neck::SastFusion::accepts(features(Level{3, 2}, Level{5, 4}, Level{6, 8}, Level{7, 16}, Level{8, 32}, Level{9, 64},
                                                  Level{10, 128})));  // the image itself is missing
static_assert(neck::SastFusion::out(kLevels) == features(Level{128, 4}));

}  // namespace

TEST_CASE("SastFusion gives one map at stride 4, with and without attention") {
  for (const bool attention : {true, false}) {
    auto neck = neck::SastFusion::make(kLevels, {.attention = attention});
    neck->to(at::kDouble);
    for (const auto& [height, width] : {std::pair{128, 64}, std::pair{64, 192}}) {
      const auto maps = neck->forward(part_check::levels(kLevels, height, width));
      REQUIRE(maps.size() == 1);
      CHECK(maps[0].sizes() == at::IntArrayRef{2, 128, height / 4, width / 4});
    }
  }
}

TEST_CASE("the stem's channels decide one convolution of SastFusion") {
  auto wide = kLevels;
  wide.level[1].channels = 128;
  const auto narrow_count = part_check::parameter_count(*neck::SastFusion::make(kLevels));
  CHECK(part_check::parameter_count(*neck::SastFusion::make(wide)) == narrow_count + (128 - 5) * 64);
  const auto& names = neck::SastFusion::make(wide)->named_parameters();
  CHECK(names["fpn_down.fpn_down_conv2.conv.weight"].sizes() == at::IntArrayRef{64, 128, 1, 1});
}

TEST_CASE("attention: each pixel against its row and its column, one by one") {
  neck::detail::SastAttention attention(nn::Form::training);
  attention.to(at::kDouble);
  golden::randomize(attention, 8);
  attention.eval();
  const torch::NoGradGuard no_gradients;
  const auto x = at::randn({2, 128, 3, 5}, at::kDouble);
  const auto modules = attention.named_children();
  const auto conv = [&](int i, const at::Tensor& map) {
    return modules["conv_attention" + std::to_string(i)]->as<nn::ConvUnit>()->forward(map);
  };
  const auto query = conv(1, x), key = conv(2, x), value = conv(3, x);
  auto along_row = at::zeros_like(x), along_column = at::zeros_like(x);
  for (int n = 0; n < 2; ++n)
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 5; ++column) {
        const auto q = query[n].select(2, column).select(1, row);
        const auto attend = [&](const at::Tensor& keys, const at::Tensor& values) {  // both [128, pixels of the line]
          return at::matmul(values, at::softmax(at::matmul(q, keys) / std::sqrt(128.0), 0));
        };
        along_row[n].select(2, column).select(1, row).copy_(attend(key[n].select(1, row), value[n].select(1, row)));
        along_column[n].select(2, column).select(1, row).copy_(attend(key[n].select(2, column), value[n].select(2, column)));
      }
  const auto rows = at::relu(conv(4, along_row) + conv(5, x)), columns = at::relu(conv(6, along_column) + conv(7, x));
  CHECK(golden::largest_difference(attention.forward(x), conv(8, at::cat({rows, columns}, 1))) < 1e-10);
}

TEST_CASE("SastFusion copies, folds, learns, traces") {
  const auto in = part_check::levels(kLevels, 64, 128);
  for (const bool attention : {true, false}) {
    const auto make = [&] { return neck::SastFusion::make(kLevels, {.attention = attention}); };
    part_check::copies(*make(), in);
    part_check::folds(*make(), kLevels, in);
    part_check::traces(*make(), in, part_check::levels(kLevels, 128, 64, 1));
  }
  part_check::learns(*neck::SastFusion::make(kLevels), in);
}

TEST_CASE("without attention its parameters stay, and get no gradient") {
  auto neck = neck::SastFusion::make(kLevels, {.attention = false});
  neck->to(at::kDouble);
  neck->forward(part_check::levels(kLevels, 64, 64))[0].sum().backward();
  std::size_t without = 0;
  for (const auto& item : neck->named_parameters()) {
    const bool attention = item.key().starts_with("cross_attention.");
    CHECK_MESSAGE(item.value().grad().defined() == !attention, item.key());
    without += attention;
  }
  CHECK(without == 8 * 3);
}
