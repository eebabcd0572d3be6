// Every network of the zoo learns on a GPU what it learns on the CPU: loss, gradients, what it finds and reads.
#include <torch/torch.h>

#include <cmath>

#include <scriba/detector.hpp>
#include <scriba/train/trainer.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>
#include "support/tensors.hpp"
#include "zoo/drawn_words.hpp"
#include "zoo/two_words.hpp"

using namespace scriba;

namespace {

struct Step {
  double loss{}, gradient_norm{};
};

// Loss and gradients of one batch, by a step of the trainer that changes nothing to speak of.
template <class Trainable, class Samples>
Step step_of(const Trainable& model, const at::Tensor& batch, const Samples& samples) {
  train::Trainer trainer(model.module, {.optimizer = {.kind = train::OptimizerKind::adam_w}, .schedule = {.rate = 1e-9}, .average = 0.9});
  const auto result = trainer.step([&](int) { return model.loss_of(batch, samples); });
  return {result.terms.front().second, result.gradient_norm};
}

void check_close(const Step& cpu, const Step& gpu) {
  CHECK(std::isfinite(cpu.loss));
  CHECK(gpu.loss == doctest::Approx(cpu.loss).epsilon(1e-3));
  CHECK(gpu.gradient_norm == doctest::Approx(cpu.gradient_norm).epsilon(2e-2));
}

bool gpu_is_there() {
  if (torch::cuda::is_available()) {
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
    return true;
  }
  MESSAGE("skipped: no CUDA device");
  return false;
}

}  // namespace

TEST_CASE("detectors on a GPU") {
  if (!gpu_is_there()) return;
  for (const auto& name : zoo::trainable_detector_names()) {
    CAPTURE(name);
    const auto pages = {zoo_tests::two_words(128, 90), zoo_tests::two_words(128, 40, 1)};
    const auto run = [&](at::DeviceType device) {
      torch::manual_seed(5);
      const auto detector = zoo::trainable_detector(name);
      std::vector<at::Tensor> images;
      std::vector<target::PageAnnotation> annotations;
      detector.input->resize = {.by = ResizeSide::shorter, .side = 128, .multiple = 32};
      for (const auto& page : pages) {
        images.push_back(detector_batch(page.image, *detector.input));
        annotations.push_back(page.annotation);
      }
      detector.module->to(device);
      const auto step = step_of(detector, torch::cat(images), annotations);
      detector.module->eval();
      detector.predict(pages.begin()->image);
      return step;
    };
    check_close(run(at::kCPU), run(at::kCUDA));
  }
}

TEST_CASE("recognisers on a GPU") {
  if (!gpu_is_there()) return;
  const std::vector<zoo_tests::DrawnWord> words{zoo_tests::drawn_word("hello"), zoo_tests::drawn_word("7books", false)};
  for (const auto& name : zoo::trainable_recognizer_names()) {
    CAPTURE(name);
    const auto run = [&](at::DeviceType device) {
      torch::manual_seed(5);
      const auto recognizer = zoo::trainable_recognizer(name, zoo::english_alphabet());
      for (auto& item : recognizer.module->named_modules("", false))
        if (auto* dropout = dynamic_cast<torch::nn::DropoutImpl*>(item.value().get())) dropout->options.p(0);
      const auto batch = zoo_tests::line_batch(words, *recognizer.input);
      recognizer.module->to(device);
      const auto step = step_of(recognizer, batch, zoo_tests::texts(words));
      recognizer.module->eval();
      const std::vector<cv::Mat> crops{words[0].image, words[1].image};
      CHECK(recognizer.predict(crops).size() == 2);
      return step;
    };
    check_close(run(at::kCPU), run(at::kCUDA));
  }
}
