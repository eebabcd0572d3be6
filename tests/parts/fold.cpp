// Training form and deployed form of every PP-OCR network: parameters, equal results, clone() before and after.
#include <scriba/zoo/pp_ocr.hpp>

#include "support/tensors.hpp"

using namespace scriba;

namespace {

template <class Module>
std::int64_t count(const Module& module) {
  std::int64_t sum = 0;
  for (const auto& p : module.parameters()) sum += p.numel();
  return sum;
}

// Folds a model with random weights; evaluation must not change, nor may a copy differ from its original.
template <class Model>
void check_fold(Model& model, const at::Tensor& batch) {
  const auto out = [&](const Model& m) { return named_tensors(m.forward(batch)).at(0).value; };
  model.to(at::kDouble);
  golden::randomize(model, 3);
  model.eval();
  const torch::NoGradGuard no_gradients;
  const auto before = out(model);
  const auto copy = std::dynamic_pointer_cast<Model>(model.clone());
  CHECK(golden::largest_difference(out(*copy), before) == 0);
  model.fold();
  CHECK(golden::largest_difference(out(model), before) < 1e-10 * std::max(1.0, before.abs().max().template item<double>()));
  for (const auto& item : model.named_buffers()) CHECK_MESSAGE(false, "a folded model has no statistics: ", item.key());
  const auto folded_copy = std::dynamic_pointer_cast<Model>(model.clone());
  CHECK(golden::largest_difference(out(*folded_copy), out(model)) == 0);
  CHECK(golden::largest_difference(out(*copy), before) == 0);  // the copy made before is untouched
}

}  // namespace

TEST_CASE("PP-OCRv6 detector: training form, parameters and fold") {
  zoo::PpOcrV6Detector model({.head = {.threshold = false}});
  CHECK(count(model) == 2'487'205);
  check_fold(model, at::randn({2, 3, 64, 96}, at::kDouble));
  CHECK(count(model) == 2'453'353);
}

TEST_CASE("PP-OCRv6 recogniser: training form, parameters and fold") {
  zoo::PpOcrV6Recognizer model({.head = {.classes = 18'710}});
  CHECK(count(model) == 5'284'070);
  check_fold(model, at::randn({2, 3, 48, 72}, at::kDouble));
  // The published file keeps four batch norms of 120 channels in the neck: a scale fewer each once they are folded.
  CHECK(count(model) == 5'266'910 - 4 * 120 + 120);
}

TEST_CASE("PP-OCRv4 detector: fold") {
  zoo::PpOcrV4Detector model({.head = {.threshold = false}});
  CHECK(count(model) == 3'492'033 - 8);  // PaddleOCR's four stride-2 units own a pair each that they never use
  check_fold(model, at::randn({2, 3, 64, 96}, at::kDouble));
  // The published file keeps three batch norms (16, 24 and 24 channels); folded, two of their convolutions gain a bias instead.
  CHECK(count(model) == 1'171'593 - 2 * (16 + 24 + 24) + 16 + 24);
}

TEST_CASE("PP-OCRv4 recogniser: fold") {
  zoo::PpOcrV4Recognizer model({.head = {.classes = 6'625}});
  CHECK(count(model) == 6'259'405);
  check_fold(model, at::randn({2, 3, 48, 72}, at::kDouble));
}

TEST_CASE("direction classifier: fold") {
  zoo::PpOcrV2Direction model;
  CHECK(count(model) == 129'356);
  check_fold(model, at::randn({2, 3, 48, 96}, at::kDouble));
}

TEST_CASE("a line has floor(ceil(ceil(W / 2) / 2) / 2) frames") {
  zoo::PpOcrV6Recognizer v6({.backbone = {.form = nn::Form::deployed}, .neck = {.form = nn::Form::deployed}});
  zoo::PpOcrV4Recognizer v4({.backbone = {.form = nn::Form::deployed}, .neck = {.form = nn::Form::deployed}});
  v6.eval(), v4.eval();
  const torch::NoGradGuard no_gradients;
  for (const auto& [width, frames] : {std::pair{320, 40}, std::pair{328, 41}, std::pair{500, 62}, std::pair{8, 1}}) {
    CHECK(v6.forward(at::zeros({1, 3, 48, width})).probability.size(1) == frames);
    CHECK(v4.forward(at::zeros({1, 3, 48, width})).probability.size(1) == frames);
  }
}

TEST_CASE("one training step changes every parameter of the detector and lowers nothing to NaN") {
  zoo::PpOcrV6Detector model;
  model.train();
  torch::manual_seed(1);
  torch::optim::SGD optimizer(model.parameters(), 0.01);
  const auto text = (at::rand({2, 64, 64}) > 0.7).to(at::kFloat), ones = at::ones({2, 64, 64});
  const auto loss = model.loss(model.forward(at::randn({2, 3, 64, 64})), {text, ones, text * 0.4 + 0.3, ones});
  REQUIRE(loss.terms.size() == 3);
  loss.total.backward();
  for (const auto& item : model.named_parameters()) {
    REQUIRE_MESSAGE(item.value().grad().defined(), item.key());
    CHECK_MESSAGE(item.value().grad().isfinite().all().item<bool>(), item.key());
  }
  optimizer.step();
}

TEST_CASE("one training step of the recogniser, with an impossible and an empty text") {
  zoo::PpOcrV6Recognizer model({.head = {.classes = 20}});
  model.train();
  // 32 columns give 4 frames: "aa" "abcde" (too long) and "" .
  const loss::CtcTarget target{at::tensor({3, 3, 1, 2, 3, 4, 5}, at::kLong), at::tensor({2, 5, 0}, at::kLong)};
  const auto terms = model.loss(model.forward(at::randn({3, 3, 48, 32})), target);
  CHECK(std::isfinite(terms.total.item<float>()));
  terms.total.backward();
  for (const auto& item : model.named_parameters()) CHECK_MESSAGE(item.value().grad().isfinite().all().item<bool>(), item.key());
}

TEST_CASE("models move between types with their buffers, and predict in bfloat16") {
  zoo::PpOcrV6Detector model({.input = {.resize = {.side = 64}}});
  model.to(at::kBFloat16);
  for (const auto& item : model.named_buffers())
    if (item.value().is_floating_point()) CHECK((item.value().scalar_type() == at::kBFloat16));
  model.eval();
  CHECK_NOTHROW(model.predict(cv::Mat(70, 90, CV_8UC3, cv::Scalar::all(99))));
  model.train();
  CHECK_THROWS_WITH_AS(model.predict(cv::Mat(70, 90, CV_8UC3)), doctest::Contains("eval()"), Error);
}
