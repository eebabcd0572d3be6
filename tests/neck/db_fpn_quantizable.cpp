#include <scriba/concepts.hpp>
#include <scriba/neck/db_fpn_quantizable.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kLevels = features(Level{8, 4}, Level{12, 8}, Level{16, 16}, Level{20, 32});
using Quantizable = neck::DbFpnQuantizable<24>;
static_assert(Neck<Quantizable> && Quantizable::accepts(kLevels) && Quantizable::out(kLevels) == features(Level{24, 4}));
static_assert(!Quantizable::accepts(features(Level{8, 4}, Level{12, 8}, Level{16, 16}, Level{20, 64})));

}  // namespace

TEST_CASE("DbFpnQuantizable copies, folds, learns, traces") {
  const auto in = part_check::levels(kLevels, 64, 96);
  part_check::copies(*Quantizable::make(kLevels), in);
  part_check::folds(*Quantizable::make(kLevels), kLevels, in);
  part_check::learns(*Quantizable::make(kLevels), in);
  part_check::traces(*Quantizable::make(kLevels), in, part_check::levels(kLevels, 96, 64, 1));
}

TEST_CASE("DbFpnQuantizable computes what DbFpn computes, under other names") {
  const torch::NoGradGuard no_gradients;
  const auto plain = neck::DbFpn<24>::make(kLevels);
  const auto quantizable = Quantizable::make(kLevels);
  for (const std::shared_ptr<torch::nn::Module>& module :
       {std::shared_ptr<torch::nn::Module>(plain), std::shared_ptr<torch::nn::Module>(quantizable)}) {
    module->to(at::kDouble);
    golden::randomize(*module, 6);
    module->eval();
  }
  const auto in = part_check::levels(kLevels, 32, 64);
  CHECK(golden::largest_difference(plain->forward(in)[0], quantizable->forward(in)[0]) == 0);
  CHECK(quantizable->named_parameters().contains("in5.conv.0.weight"));
  CHECK(quantizable->named_parameters().contains("out2.conv.1.bias"));
}
