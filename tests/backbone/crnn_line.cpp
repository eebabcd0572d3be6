#include <scriba/backbone/crnn_line.hpp>

#include "support/line_backbone.hpp"

using namespace scriba;

static_assert(Backbone<backbone::CrnnLine> && backbone::CrnnLine::out == features(Level{512, 4, 1}));

TEST_CASE("CRNN's convolutions make one row of a line, a frame for every four columns") {
  backbone_check::frames<backbone::CrnnLine>(32, {{100, 25}, {103, 25}, {200, 50}, {4, 1}});
}

TEST_CASE("CRNN's convolutions train, copy, fold, trace") { backbone_check::line<backbone::CrnnLine>(); }

TEST_CASE("CRNN's convolutions have the paper's sizes and begin as published") {
  // 3x3 weights of 1-64-128-256-256-512-512 channels, a 2x1 at the end, a bias and two numbers of the norm for each channel.
  const std::int64_t weights = 9 * (64 + 64 * 128 + 128 * 256 + 256 * 256 + 256 * 512 + 512 * 512) + 2 * 512 * 512;
  torch::manual_seed(4);
  const auto backbone = backbone::CrnnLine::make({.planes = 1});
  CHECK(backbone_check::parameter_count(*backbone) == weights + 3 * (64 + 128 + 2 * 256 + 3 * 512));
  const auto parameters = backbone->named_parameters();
  CHECK(parameters["cnn.8.conv.weight"].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (9 * 512))).epsilon(0.03));
  CHECK(parameters["cnn.10.bn.bias"].allclose(at::full({512}, 1e-4)));
}
