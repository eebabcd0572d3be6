// Deployed networks go back to training form: the same in evaluation, and nearly the same with batch statistics.
#include <scriba/train/reopen.hpp>

#include "support/tensors.hpp"

#include <scriba/zoo/pp_ocr.hpp>

using namespace scriba;

namespace {

template <class Model>
at::Tensor first_output(const Model& model, const at::Tensor& batch) {
  return named_tensors(model.forward(batch)).at(0).value;
}

// `options`: of a training form that has what the deployed one has.
template <class Model>
void check_reopen(const typename Model::Options& options, const at::Tensor& batch) {
  Model deployed(options);
  deployed.to(at::kDouble);
  golden::randomize(deployed, 5);
  deployed.eval();
  deployed.fold();

  Model model(options);
  model.to(at::kDouble);
  train::load_deployed(model, io::state_dict(deployed));
  model.eval();
  at::Tensor before, after, batch_statistics;
  {
    const torch::NoGradGuard no_gradients;
    before = first_output(deployed, batch);
    const double size = std::max(1.0, before.abs().max().template item<double>());
    CHECK(golden::largest_difference(first_output(model, batch), before) < 1e-9 * size);
    train::calibrate_batch_norms(model, [&] { first_output(model, batch); });
    after = first_output(model, batch);
    CHECK(golden::largest_difference(after, before) < 1e-9 * size);
    // The statistics are those of this batch, so that training mode gives the same too, where no single value stands for a channel.
    model.train();
    batch_statistics = first_output(model, batch);
    model.eval();
  }
  CHECK(golden::largest_difference(batch_statistics, before) < 0.05 * before.abs().max().template item<double>());

  // It learns, branches that began at zero too.
  model.train();
  first_output(model, batch).sum().backward();
  std::int64_t learning = 0;
  for (const auto& parameter : model.parameters())
    learning += parameter.grad().defined() && parameter.grad().abs().max().template item<double>() > 0;
  CHECK(learning > static_cast<std::int64_t>(model.parameters().size()) / 2);

  // And folds again to what it came from.
  Model again(options);
  again.to(at::kDouble);
  train::load_deployed(again, io::state_dict(deployed));
  again.eval();
  again.fold();
  const torch::NoGradGuard no_gradients;
  CHECK(golden::largest_difference(first_output(again, batch), before) < 1e-9 * std::max(1.0, before.abs().max().template item<double>()));
}

}  // namespace

TEST_CASE("the PP-OCRv6 detector goes back to training form") {
  check_reopen<zoo::PpOcrV6Detector>({.head = {.threshold = false}}, at::randn({3, 3, 96, 128}, at::kDouble));
}

TEST_CASE("the PP-OCRv4 detector goes back to training form") {
  check_reopen<zoo::PpOcrV4Detector>({.head = {.threshold = false}}, at::randn({3, 3, 96, 128}, at::kDouble));
}

TEST_CASE("the threshold branch, which deployed files lack, stays as it was made") {
  torch::manual_seed(1);
  zoo::PpOcrV6Detector deployed, model;
  const auto threshold = model.head()->named_parameters()["thresh.0.weight"].clone();
  deployed.eval();
  deployed.fold();
  train::load_deployed(model, io::state_dict(deployed));
  CHECK(at::equal(model.head()->named_parameters()["thresh.0.weight"], threshold));
}

TEST_CASE("weights of another network are refused") {
  zoo::PpOcrV4Detector other;
  other.eval();
  other.fold();
  zoo::PpOcrV6Detector model;
  CHECK_THROWS_AS(train::load_deployed(model, io::state_dict(other)), Error);
  CHECK_THROWS_WITH_AS(train::load_deployed(model, io::StateDict()), doctest::Contains("groups of layers"), Error);
}

TEST_CASE("calibration keeps evaluation and takes the statistics of the images") {
  torch::nn::BatchNorm2d bn(2);
  golden::randomize(*bn, 2);
  bn->eval();
  const auto x = at::randn({4, 2, 5, 6}) * 3 + 1;
  const auto before = bn->forward(x);
  train::calibrate_batch_norms(*bn, [&] { nn::normalized(*bn, x); });
  CHECK(golden::largest_difference(bn->forward(x), before) < 1e-5);
  CHECK(golden::largest_difference(bn->running_mean, x.mean({0, 2, 3})) < 1e-5);
  bn->train();
  CHECK(golden::largest_difference(bn->forward(x), before) < 1e-4);
}
