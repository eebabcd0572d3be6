#include <scriba/zoo/backbone_variants.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <map>

#include <scriba/zoo/trainable_detector.hpp>
#include "zoo/two_words.hpp"

using namespace scriba;

namespace {

// Of the backbones, as published without classifiers, and of the rest of the detector.
const std::map<std::string, std::pair<std::int64_t, std::int64_t>> kParameters{
    {"db-densenet121", {6'953'856, (256 + 512 + 1024 + 1024) * 256}},
    {"db-scnet50", {23'515'584, (256 + 512 + 1024 + 2048) * 256}},
    {"db-resnet18-dcn", {11'176'512 + 2 * (27 * 9 * (128 + 256 + 512) + 3 * 27), (64 + 128 + 256 + 512) * 256}},
    {"db-resnet50-dcn", {23'508'032 + 27 * 9 * (4 * 128 + 6 * 256 + 3 * 512) + 13 * 27, (256 + 512 + 1024 + 2048) * 256}},
    {"pan-shufflenet-v2-x1", {776'420, (24 + 116 + 232 + 464) * 128}},
};

// Weights of the necks that do not depend on the backbone, and of the heads: the reference's totals less what belongs to ResNets.
constexpr std::int64_t kDb = 25'412'290 - (25'557'032 - 2'049'000) - (256 + 512 + 1024 + 2048) * 256;
constexpr std::int64_t kPan = 11'580'486 - (11'689'512 - 513'000) - (64 + 128 + 256 + 512) * 128;

}  // namespace

TEST_CASE("detectors with further backbones have their published size, learn in every part and find regions") {
  torch::manual_seed(5);
  constexpr int kSide = 128;
  const std::vector drawn{zoo_tests::two_words(kSide, 90), zoo_tests::two_words(kSide, 140, 1)};
  for (const auto& [name, parameters] : kParameters) {
    CAPTURE(name);
    const auto detector = zoo::trainable_detector(name);
    CHECK(detector.parameter_count() == parameters.first + parameters.second + (name.starts_with("pan") ? kPan : kDb));
    CHECK((detector.input->resize({1280, 720}) == cv::Size(1312, 736)));

    std::vector<at::Tensor> images;
    std::vector<target::PageAnnotation> annotations;
    for (const auto& page : drawn) {
      images.push_back(detector_batch(page.image, {.resize = {.side = kSide}, .normalization = detector.input->normalization}));
      annotations.push_back(page.annotation);
    }
    const auto batch = torch::cat(images);
    detector.module->train();
    detector.loss_of(batch, annotations).total.backward();
    for (const auto& item : detector.module->named_parameters()) {
      REQUIRE_MESSAGE(item.value().grad().defined(), item.key());
      CHECK_MESSAGE(item.value().grad().isfinite().all().item<bool>(), item.key());
    }
    detector.module->eval();
    const at::NoGradGuard no_gradients;
    const auto outputs = detector.forward(batch);
    REQUIRE_FALSE(outputs.empty());
    for (const auto& output : outputs) {
      CHECK(output.value.size(2) == kSide);
      CHECK(output.value.isfinite().all().item<bool>());
    }
    CHECK(detector.regions(batch, std::vector<cv::Size>{{300, 200}, {128, 128}}).size() == 2);
  }
}
