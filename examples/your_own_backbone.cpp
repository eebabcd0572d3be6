// A backbone of your own.
//
// A backbone is a class with three things: `Options`, a constexpr `out` that says which feature maps it returns, and `forward`. The base
// class Part brings `make()` and `clone()`. Everything else of the library then works with it: any neck that accepts its levels, training,
// post-processing, deployment.
#include <iostream>

#include <torch/torch.h>
#include <opencv2/imgproc.hpp>
#include <scriba/detector.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/neck/se_fpn.hpp>
#include <scriba/nn/conv_unit.hpp>
#include <scriba/postprocess/db_boxes.hpp>

struct TinyOptions {
  std::int64_t blocks = 1;  ///< convolutions a level
};

class Tiny final : public scriba::nn::Part<Tiny, TinyOptions> {
 public:
  static constexpr scriba::FeatureSpec out =
      scriba::features(scriba::Level{8, 4}, scriba::Level{16, 8}, scriba::Level{24, 16}, scriba::Level{32, 32});

  explicit Tiny(TinyOptions options) : Part(options) {}

  void reset() override {
    using scriba::nn::ConvUnit;
    level_.clear();
    std::int64_t in = 3;
    for (std::size_t i = 0; i < out.size; ++i) {
      torch::nn::Sequential level;
      for (std::int64_t b = 0; b < options_.blocks + 1; ++b) {
        const std::int64_t stride = b == 0 || (i == 0 && b == 1) ? 2 : 1;  // the first level shrinks twice, the others once
        level->push_back(std::make_shared<ConvUnit>(scriba::nn::ConvUnitOptions{
            .in = in, .out = out[i].channels, .kernel = {3, 3}, .stride = {stride, stride}, .activation = scriba::nn::Activation::relu}));
        in = out[i].channels;
      }
      level_.push_back(register_module("level" + std::to_string(i), level));
    }
  }

  scriba::Features forward(const at::Tensor& image) {
    scriba::Features maps;
    for (auto& level : level_) maps.push_back(level->forward(maps.empty() ? image : maps.back()));
    return maps;
  }

 private:
  std::vector<torch::nn::Sequential> level_;
};

// The compiler checks the contract here already; a missing piece is named.
static_assert(scriba::Backbone<Tiny>);

using Model = scriba::Detector<Tiny, scriba::neck::SeFpn<32, scriba::neck::SeFpnSmooth::conv3x3>, scriba::head::Db, scriba::loss::Db,
                               scriba::postprocess::DbBoxes>;

int main() {
  torch::manual_seed(1);
  Model model({.backbone = {.blocks = 2}, .input = {.resize = {.side = 64}}});
  const auto image = at::rand({2, 3, 64, 64});
  const auto ones = at::ones({2, 64, 64});
  at::Tensor shrink = at::zeros({2, 64, 64});
  shrink.index_put_({torch::indexing::Slice(), torch::indexing::Slice(24, 40), torch::indexing::Slice(8, 56)}, 1);
  torch::optim::SGD optimizer(model.parameters(), torch::optim::SGDOptions(0.05).momentum(0.9));
  float first = 0, last = 0;
  for (int step = 0; step < 10; ++step) {
    const auto loss = model.loss(model.forward(image), {shrink, ones, shrink * 0.4 + 0.3, ones});
    optimizer.zero_grad();
    loss.total.backward();
    optimizer.step();
    (step == 0 ? first : last) = loss.total.item<float>();
  }
  std::cout << "loss " << first << " -> " << last << '\n';

  model.eval();
  std::cout << model.predict(cv::Mat(100, 160, CV_8UC3, cv::Scalar::all(128))).size() << " region(s) on an empty image\n";
  return last < first ? 0 : 1;
}
