#pragma once
// Parts for the tests of what must not compile. Each test is built twice: with CASE_KO it must fail with its sentence, without it must
// compile.
#include <scriba/backbone/pp_lcnet_v4.hpp>
#include <scriba/detector.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/neck/identity.hpp>
#include <scriba/neck/se_fpn.hpp>
#include <scriba/neck/svtr.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/postprocess/db_boxes.hpp>
#include <scriba/recognizer.hpp>

using Maps = scriba::backbone::PpLcNetV4SmallDetection;
using Lines = scriba::backbone::PpLcNetV4SmallRecognition;
using Fpn = scriba::neck::SeFpn<96, scriba::neck::SeFpnSmooth::conv3x3>;

// Three levels, of which one is too coarse for a pyramid that doubles.
struct GapOptions {};
class Gap final : public scriba::nn::Part<Gap, GapOptions> {
 public:
  static constexpr scriba::FeatureSpec out =
      scriba::features(scriba::Level{8, 4}, scriba::Level{8, 8}, scriba::Level{8, 16}, scriba::Level{8, 64});
  explicit Gap(GapOptions options) : Part(options) {}
  void reset() override {}
  scriba::Features forward(const at::Tensor& image) { return {image, image, image, image}; }
};

// All of a backbone but the options.
class Bare final : public torch::nn::Cloneable<Bare> {
 public:
  static constexpr scriba::FeatureSpec out = Maps::out;
  static std::shared_ptr<Bare> make(int) { return std::make_shared<Bare>(); }
  void reset() override {}
  scriba::Features forward(const at::Tensor& image) { return {image}; }
};
