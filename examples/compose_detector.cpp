// Composing a detector from parts.
//
// A detector is five parts: a backbone turns the image into feature maps, a neck puts the maps together, a head makes the network's
// output from them, a loss compares that output with the truth, a post-process reads regions off it. Here they are the parts of
// PP-OCRv6's detector, in one line. Exchange any of them: what fits compiles, and what does not is refused with a sentence, for example
//
//     Detector: this Neck does not accept the feature levels of this Backbone (see Neck::accepts)
//
// The type is an ordinary torch module. Below it learns one made-up image for a few steps, is folded into its deployed form (batch norms
// and branches merged into single convolutions, same results), and finds the text that it has learnt.
#include <cstdlib>
#include <iostream>

#include <torch/torch.h>
#include <opencv2/imgproc.hpp>
#include <scriba/backbone/pp_lcnet_v4.hpp>
#include <scriba/detector.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/neck/se_fpn.hpp>
#include <scriba/postprocess/db_boxes.hpp>

using Model = scriba::Detector<scriba::backbone::PpLcNetV4SmallDetection,                         // image -> maps at strides 4 to 32
                               scriba::neck::SeFpn<96, scriba::neck::SeFpnSmooth::large_kernel>,  // maps -> one map of 96 channels
                               scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 120;
  torch::manual_seed(7);
  // Options are plain aggregates: name what you want otherwise, leave the rest.
  Model model({.postprocess = {.box_threshold = 0.5f}, .input = {.resize = {.side = 128}}});
  std::cout << model.backbone()->parameters().size() + model.neck()->parameters().size() + model.head()->parameters().size()
            << " parameter tensors\n";

  // One image: a word on grey, and the truth that DB learns from: the word's region, shrunk, and a band around it.
  cv::Mat image(128, 128, CV_8UC3, cv::Scalar::all(110));
  cv::putText(image, "Scriba", {20, 74}, cv::FONT_HERSHEY_SIMPLEX, 0.9, cv::Scalar::all(245), 2, cv::LINE_AA);
  const auto map = [] { return at::zeros({1, 128, 128}); };
  scriba::loss::DbTarget target{map(), at::ones({1, 128, 128}), at::full({1, 128, 128}, 0.3), map()};
  using torch::indexing::Slice;
  target.shrink.index_put_({0, Slice(58, 74), Slice(26, 106)}, 1);
  target.threshold.index_put_({0, Slice(48, 84), Slice(16, 116)}, 0.5);
  target.threshold_mask.index_put_({0, Slice(48, 84), Slice(16, 116)}, 1);

  const auto batch = scriba::detector_batch(image, model.options().input).expand({2, 3, 128, 128}).contiguous();
  const auto twice = [](const at::Tensor& t) { return t.expand({2, 128, 128}); };
  const scriba::loss::DbTarget targets{twice(target.shrink), twice(target.shrink_mask), twice(target.threshold),
                                       twice(target.threshold_mask)};
  torch::optim::Adam optimizer(model.parameters(), torch::optim::AdamOptions(2e-3));
  model.train();
  for (int step = 0; step < steps; ++step) {
    const auto loss = model.loss(model.forward(batch), targets);
    optimizer.zero_grad();
    loss.total.backward();
    optimizer.step();
    if (step % 20 == 0 || step + 1 == steps) {
      std::cout << "step " << step << ": " << loss.total.item<float>();
      for (const auto& [name, value] : loss.terms) std::cout << "  " << name << ' ' << value.item<float>();
      std::cout << '\n';
    }
  }

  model.eval();
  const auto before = model.forward(batch).shrink;
  model.fold();
  std::cout << "largest change by folding: " << (model.forward(batch).shrink - before).abs().max().item<float>() << '\n';
  const auto regions = model.predict(image);
  std::cout << regions.size() << " region(s) found\n";
  for (const auto& region : regions) {
    std::cout << "score " << region.score << ", corners";
    for (const auto& p : region.polygon) std::cout << ' ' << p.x << ',' << p.y;
    std::cout << '\n';
  }
  return regions.size() == 1 ? 0 : 1;
}
