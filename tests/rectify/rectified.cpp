#include <scriba/backbone/mobile_net_v3_line.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/neck/identity.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/recognizer.hpp>
#include <scriba/rectify/rectified.hpp>
#include <scriba/rectify/tps.hpp>

#include "support/tensors.hpp"

using namespace scriba;

using Straightened = rectify::Rectified<rectify::Tps, backbone::MobileNetV3LineTiny>;
static_assert(Backbone<Straightened> && Straightened::out == backbone::MobileNetV3LineTiny::out);
static_assert(!Rectifier<backbone::MobileNetV3LineTiny> && !Rectifier<neck::Identity>);

using Model = Recognizer<Straightened, neck::Identity, head::Ctc, loss::Ctc, postprocess::CtcText>;
static_assert(RecognizerModel<Model>);

namespace {

Model::Options options() {
  Model::Options out;
  out.backbone.rectifier = {.planes = 3, .control_points = 8};
  out.postprocess.alphabet = Alphabet::from_line("abc");
  out.head.classes = 4;
  return out;
}

}  // namespace

TEST_CASE("at first a rectified backbone gives what the backbone alone gives") {
  torch::manual_seed(1);
  const auto both = Straightened::make({.rectifier = {.planes = 3}});
  both->eval();
  const torch::NoGradGuard no_gradients;
  const auto image = at::rand({2, 3, 48, 64});
  CHECK(golden::largest_difference(both->forward(image)[0], both->backbone()->forward(image)[0]) < 1e-3);
}

TEST_CASE("a recogniser with a rectifier trains both, copies, folds, reads") {
  torch::manual_seed(2);
  Model model(options());
  CHECK(model.named_parameters().contains("backbone.rectifier.loc_net.fc2.weight"));
  CHECK(model.named_parameters().contains("backbone.rectifier.grid_generator.fc.bias"));
  CHECK(model.named_parameters().contains("backbone.backbone.conv1.conv.weight"));

  torch::optim::SGD optimizer(model.parameters(), 0.1);
  const loss::CtcTarget texts{at::tensor({1, 2, 3}, at::kLong), at::tensor({2, 1}, at::kLong)};
  for (int step = 0; step < 2; ++step) {
    optimizer.zero_grad();
    model.loss(model.forward(at::randn({2, 3, 48, 96})), texts).total.backward();
    for (const auto& item : model.named_parameters()) CHECK_MESSAGE(item.value().grad().isfinite().all().item<bool>(), item.key());
    optimizer.step();
  }
  CHECK(model.named_parameters()["backbone.rectifier.loc_net.fc2.weight"].abs().max().item<float>() > 0);
  CHECK(model.named_parameters()["backbone.rectifier.loc_net.fc1.weight"].grad().abs().max().item<float>() > 0);

  model.to(at::kDouble);
  model.eval();
  const torch::NoGradGuard no_gradients;
  const auto image = at::randn({1, 3, 48, 80}, at::kDouble);
  const auto expected = model.forward(image).probability;
  const auto copy = std::dynamic_pointer_cast<Model>(model.clone());
  CHECK(copy->forward(image).probability.equal(expected));
  copy->fold();
  CHECK(golden::largest_difference(copy->forward(image).probability, expected) < 1e-8);
  CHECK(copy->buffers().empty());
  CHECK((copy->options().backbone.rectifier.form == nn::Form::deployed));
  CHECK((copy->options().backbone.backbone.form == nn::Form::deployed));

  model.to(at::kFloat);
  const std::vector<cv::Mat> crops{cv::Mat(20, 60, CV_8UC3, cv::Scalar::all(90)), cv::Mat(1, 1, CV_8UC1, cv::Scalar::all(3))};
  CHECK(model.predict(crops).size() == 2);
}
