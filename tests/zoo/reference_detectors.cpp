#include <scriba/zoo/reference_detector_list.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <map>
#include <set>

#include <scriba/core/error.hpp>
#include <scriba/detector.hpp>
#include <scriba/zoo/trainable_detector.hpp>
#include "zoo/two_words.hpp"

using namespace scriba;

namespace {

// Of the networks in training form, as the reference has them.
const std::map<std::string, std::int64_t> kParameters{
    {"db-mobilenet-v3-small", 579'550},    {"db-resnet50", 25'412'290},
    {"db-resnet50-deep-fpem", 26'028'610}, {"db-multi-class-resnet50", 25'412'290 + 164'931},  // a branch of 256 -> 64 -> 64 -> 3 channels
    {"pse-mobilenet-v3-small", 1'031'955}, {"pse-resnet50", 28'625'735},
    {"pse-resnet50-deep", 28'749'511},     {"pan-mobilenet-v3-small", 610'802},
    {"pan-resnet18", 11'580'486},          {"pan-resnet18-deep", 11'728'966},
    {"sast-resnet50", 47'534'974},         {"sast-resnet50-deep", 47'662'846},
    {"sast-resnet50-mixed", 47'534'974},
};

}  // namespace

TEST_CASE("the list names every configuration once") {
  std::set<std::string_view> names, files;
  for (std::size_t i = 0; i < zoo::kReferenceDetectors.size(); ++i) {
    const auto& detector = zoo::kReferenceDetectors[i];
    names.insert(detector.name), files.insert(detector.configuration);
    CHECK(zoo::reference_detector_index(detector.name) == i);
    CHECK(zoo::reference_detector_choice().find(detector.name) != std::string::npos);
    CHECK(detector.training.crop_size % 64 == 0);
  }
  CHECK(names.size() == 13);
  CHECK(files.size() == 13);
  CHECK_FALSE(zoo::reference_detector_index("db-resnet").has_value());
}

TEST_CASE("learning rates fall as the configurations say") {
  const auto training = [](const char* name) { return zoo::kReferenceDetectors[zoo::reference_detector_index(name).value()].training; };
  const auto rate = [&](const char* name, double epoch) { return train::rate_at(training(name).schedule, epoch); };
  CHECK(rate("db-resnet50", 600) == doctest::Approx(0.00107177));  // 0.002 (1 - epoch / 1200)^0.9
  CHECK(rate("pan-resnet18", 599) == doctest::Approx(1e-6));       // 0.001, a tenth from 200, 400 and 500 on
  CHECK(rate("sast-resnet50", 899) == doctest::Approx(0.001 * 0.0081));
  CHECK((training("sast-resnet50").optimizer.kind == train::OptimizerKind::rms_prop));
}

TEST_CASE("every configuration has the reference's size, runs, learns and finds regions of the source's size") {
  torch::manual_seed(5);
  constexpr int kSide = 128;
  const std::vector drawn{zoo_tests::two_words(kSide, 90), zoo_tests::two_words(kSide, 140, 1)};
  for (const auto& info : zoo::kReferenceDetectors) {
    CAPTURE(info.name);
    const auto detector = scriba::zoo::trainable_detector(info.name);
    CHECK(detector.parameter_count() == kParameters.at(std::string(info.name)));

    const auto batch =
        torch::cat({detector_batch(drawn[0].image, {.resize = {.side = kSide}, .normalization = detector.input->normalization}),
                    detector_batch(drawn[1].image, {.resize = {.side = kSide}, .normalization = detector.input->normalization})});
    REQUIRE(batch.sizes() == at::IntArrayRef({2, 3, kSide, kSide}));
    const std::vector annotations{drawn[0].annotation, drawn[1].annotation};
    detector.module->train();
    const auto loss = detector.loss_of(batch, annotations);
    CHECK(std::isfinite(loss.total.item<double>()));
    CHECK(loss.total.item<double>() > 0);
    for (const auto& [term, value] : loss.terms) CHECK_MESSAGE(value.item<double>() != 0, term, " sees no text");
    loss.total.backward();
    double largest = 0;
    for (const auto& parameter : detector.module->named_parameters()) {
      if (!parameter.value().grad().defined()) continue;
      const double size = parameter.value().grad().abs().max().item<double>();
      CHECK_MESSAGE(std::isfinite(size), parameter.key());
      largest = std::max(largest, size);
    }
    CHECK(largest > 0);

    detector.module->eval();
    const at::NoGradGuard no_gradients;
    const auto outputs = detector.forward(batch);
    REQUIRE_FALSE(outputs.empty());
    const auto stride = info.name.starts_with("sast") ? 4 : 1;
    for (const auto& output : outputs) {
      CHECK(output.value.size(0) == 2);
      CHECK(output.value.size(2) == kSide / stride);
      CHECK(output.value.size(3) == kSide / stride);
      CHECK(output.value.isfinite().all().item<bool>());
    }
    const std::vector<cv::Size> sources{{300, 200}, {128, 128}};
    const auto regions = detector.regions(batch, sources);
    REQUIRE(regions.size() == 2);
    for (std::size_t i = 0; i < 2; ++i)
      for (const auto& region : regions[i])
        for (const auto& p : region.polygon) {
          const cv::Size2f source = sources[i];
          CHECK((p.x >= -0.25f * source.width && p.x <= 1.25f * source.width));
          CHECK((p.y >= -0.25f * source.height && p.y <= 1.25f * source.height));
        }
  }
}

TEST_CASE("every configuration brings images to the size that it is validated at") {
  const std::map<std::string, cv::Size> sizes{{"db", {1312, 736}}, {"pan", {1312, 736}}, {"pse", {2240, 1280}}, {"sast", {1536, 896}}};
  for (const auto& info : zoo::kReferenceDetectors) {
    CAPTURE(info.name);
    const auto detector = scriba::zoo::trainable_detector(info.name);
    CHECK((detector.input->resize({1280, 720}) == sizes.at(std::string(info.name.substr(0, info.name.find('-'))))));
    CHECK(detector.input->normalization.mean[0] == 0.485);
    CHECK((detector.input->normalization.order == ChannelOrder::bgr));
  }
}

TEST_CASE("names that are none are refused with a list of those that are") {
  CHECK_THROWS_WITH_AS(scriba::zoo::trainable_detector("east"), doctest::Contains("one of db-mobilenet-v3-small, db-resnet50, "), Error);
  CHECK_THROWS_AS(scriba::zoo::trainable_detector(""), Error);
}
