#include <scriba/zoo/reference_detector.hpp>

#include <doctest/doctest.h>

#include <scriba/io/model_settings.hpp>
#include <scriba/zoo/reference_detectors.hpp>
#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "zoo/two_words.hpp"

using namespace scriba;

namespace {

using Model = zoo::DbMobileNetV3Small;
constexpr int kSide = 160;

// Random weights find something only with a threshold that half of the pixels are above.
struct RandomModel {
  std::shared_ptr<Model> model;
  zoo::DetectorChanges options;
};

RandomModel random_model(backbone::MobileNetV3Gate gate, const cv::Mat& page) {
  auto options = zoo::db_mobile_net_v3_small_options();
  options.backbone.gate = gate;
  options.input.resize.side = kSide;
  options.postprocess.box_threshold = 0;
  auto model = std::make_shared<Model>(options);
  golden::randomize(*model, 11);
  model->eval();
  const at::NoGradGuard no_gradients;
  const float middle = model->forward(detector_batch(page, options.input)).shrink.median().item<float>();
  model->options().postprocess.threshold = middle;
  return {model, {.side = kSide, .threshold = middle, .box_threshold = 0.f}};
}

// The weights as pytorchOCR saves them after training on several devices.
io::StateDict reference_weights(const Model& model) {
  const io::NameMap names{{{"neck.", "head."}, {"head.", "seg_out."}}};
  io::StateDict out;
  for (const auto& [name, tensor] : io::state_dict(model)) out.add("module." + names(name), tensor);
  return out;
}

bool same(const std::vector<TextRegion>& a, const std::vector<TextRegion>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TextRegion& x, const TextRegion& y) { return x.polygon == y.polygon && x.score == y.score; });
}

}  // namespace

TEST_CASE("a checkpoint of the reference, one of ours and a folded one give the network that they hold") {
  using Gate = backbone::MobileNetV3Gate;
  const TemporaryFolder folder;
  const cv::Mat page = zoo_tests::two_words(kSide, 90).image;
  const auto [theirs, their_options] = random_model(Gate::per_pixel, page);
  const auto [ours, our_options] = random_model(Gate::pooled, page);
  io::write_torch_file(folder / "theirs.pt", reference_weights(*theirs), {});
  io::write_torch_file(folder / "ours.pt", io::state_dict(*ours), {});
  io::save_composed(folder / "composed.pt", "DbMobileNetV3Small", *ours);
  theirs->fold(), ours->fold();
  io::write_torch_file(folder / "folded.pt", io::state_dict(*ours), {});

  const auto found = [&](const char* file, const zoo::DetectorChanges& options) {
    return zoo::reference_detector("db-mobilenet-v3-small", folder / file, options).predict(page);
  };
  const auto expected = ours->predict(page);
  REQUIRE(expected.size() > 0);
  CHECK(same(found("ours.pt", our_options), expected));
  CHECK(same(found("composed.pt", our_options), expected));
  CHECK(same(found("folded.pt", our_options), expected));
  CHECK(same(found("theirs.pt", their_options), theirs->predict(page)));
  CHECK_FALSE(same(theirs->predict(page), expected));  // the gates matter
}

TEST_CASE("options change the thresholds, and those that a detector does not have are refused") {
  const TemporaryFolder folder;
  const cv::Mat page = zoo_tests::two_words(kSide, 90).image;
  auto [model, options] = random_model(backbone::MobileNetV3Gate::pooled, page);
  io::write_torch_file(folder / "weights.pt", io::state_dict(*model), {});
  const auto predict = [&](const zoo::DetectorChanges& changes) {
    return zoo::reference_detector("db-mobilenet-v3-small", folder / "weights.pt", changes).predict(page);
  };
  REQUIRE(predict(options).size() > 0);
  options.shape = postprocess::RegionShape::polygon;
  CHECK(std::ranges::any_of(predict(options), [](const auto& region) { return region.polygon.size() > 4; }));
  options.box_threshold = 1.f;
  CHECK(predict(options).empty());

  const auto refused = [&](const char* name, const zoo::DetectorChanges& wrong, const char* says) {
    CHECK_THROWS_WITH_AS(zoo::reference_detector(name, folder / "weights.pt", wrong), doctest::Contains(says), Error);
  };
  refused("pse-resnet50", {.unclip_ratio = 2.f}, "pse-resnet50: got unclip ratio");
  refused("pan-resnet18", {.unclip_ratio = 2.f}, "no such option");
  refused("sast-resnet50", {.box_threshold = 0.5f}, "box threshold");
  refused("db-resnet50", {.threshold = 1.5f}, "0..1");
  refused("pan-resnet18", {}, "weights do not fit");
}

TEST_CASE("a file of training brings its settings; options come after") {
  const TemporaryFolder folder;
  const cv::Mat page = zoo_tests::two_words(kSide, 90).image;
  const auto [model, options] = random_model(backbone::MobileNetV3Gate::pooled, page);
  const auto opened = [&](const zoo::DetectorChanges& changes) {
    return zoo::reference_detector("db-mobilenet-v3-small", folder / "trained.pt", changes);
  };
  io::save_composed(folder / "trained.pt", "db-mobilenet-v3-small", *model);
  model->fold();
  const auto expected = model->predict(page);
  REQUIRE(expected.size() > 0);
  const auto detector = opened({});
  CHECK(same(detector.predict(page), expected));
  CHECK(detector.settings.side == kSide);
  CHECK(detector.settings.threshold == options.threshold);
  CHECK(detector.settings.box_threshold == 0.f);
  REQUIRE(detector.unfolded);
  CHECK(detector.unfolded().settings.threshold == options.threshold);
  CHECK(opened({.side = 96}).settings.side == 96);
  CHECK(opened({.box_threshold = 1.f}).predict(page).empty());

  model->options().postprocess.box_threshold = 1;
  io::save_composed(folder / "trained.pt", "db-mobilenet-v3-small", *model);
  CHECK(opened({}).predict(page).empty());
  CHECK(same(opened({.box_threshold = 0.f}).predict(page), expected));
}

TEST_CASE("regions read off kept maps are those of predict, with any threshold") {
  const TemporaryFolder folder;
  const cv::Mat page = zoo_tests::two_words(kSide, 90).image;
  const auto [model, options] = random_model(backbone::MobileNetV3Gate::pooled, page);
  io::write_torch_file(folder / "weights.pt", io::state_dict(*model), {});
  const auto finder = [&](const zoo::DetectorChanges& changes) {
    return zoo::reference_detector("db-mobilenet-v3-small", folder / "weights.pt", changes);
  };
  const auto detector = finder(options);
  CHECK(detector.settings.side == kSide);
  CHECK(detector.settings.threshold == options.threshold);
  CHECK(detector.settings.unclip_ratio == zoo::db_mobile_net_v3_small_options().postprocess.unclip_ratio);
  const auto maps = detector.maps(page);
  REQUIRE(maps.maps.size() == 1);
  CHECK(maps.maps[0].first == "shrink");
  CHECK(maps.source == page.size());
  CHECK(maps.network_ms > 0);
  REQUIRE(detector.predict(page).size() > 0);
  CHECK(same(detector.regions(maps, {}), detector.predict(page)));
  auto changed = options;
  changed.threshold = *options.threshold * 1.0001f, changed.unclip_ratio = 3.f;
  CHECK(same(detector.regions(maps, {.threshold = changed.threshold, .unclip_ratio = 3.f}), finder(changed).predict(page)));
  CHECK(detector.regions(maps, {.box_threshold = 1.f}).empty());
  CHECK_THROWS_WITH_AS(detector.regions(maps, {.threshold = -1.f}), doctest::Contains("0..1"), Error);
}

TEST_CASE("a detector of a file with batch norms can be had unfolded, and gives nearly the same") {
  const TemporaryFolder folder;
  const cv::Mat page = zoo_tests::two_words(kSide, 90).image;
  const auto [model, options] = random_model(backbone::MobileNetV3Gate::pooled, page);
  io::write_torch_file(folder / "weights.pt", io::state_dict(*model), {});
  const auto detector = zoo::reference_detector("db-mobilenet-v3-small", folder / "weights.pt", options);
  REQUIRE(detector.unfolded);
  const cv::Mat folded = detector.maps(page).maps[0].second, unfolded = detector.unfolded().maps(page).maps[0].second;
  REQUIRE(folded.size == unfolded.size);
  float largest = 0;
  for (std::size_t i = 0; i < folded.total(); ++i) largest = std::max(largest, std::abs(folded.ptr<float>()[i] - unfolded.ptr<float>()[i]));
  CHECK(largest < 1e-4f);
  CHECK(largest > 0);  // it is another network

  model->fold();
  io::write_torch_file(folder / "folded.pt", io::state_dict(*model), {});
  CHECK_FALSE(zoo::reference_detector("db-mobilenet-v3-small", folder / "folded.pt", options).unfolded);
}

TEST_CASE("settings of detectors that compare logits are probabilities") {
  const TemporaryFolder folder;
  torch::manual_seed(5);
  io::write_torch_file(folder / "pan.pt",
                       io::state_dict(*std::make_shared<zoo::PanMobileNetV3Small>(zoo::pan_mobile_net_v3_small_options())), {});
  const auto detector = zoo::reference_detector("pan-mobilenet-v3-small", folder / "pan.pt", {.threshold = 0.7f, .box_threshold = 0.6f});
  CHECK(*detector.settings.threshold == doctest::Approx(0.7f));
  CHECK(detector.settings.box_threshold == 0.6f);
  CHECK_FALSE(detector.settings.unclip_ratio);
  const auto maps = detector.maps(zoo_tests::two_words(kSide, 90).image);
  CHECK_THROWS_WITH_AS(detector.regions(maps, {.unclip_ratio = 2.f}), doctest::Contains("unclip ratio"), Error);
  CHECK_NOTHROW(detector.regions(maps, {.threshold = 0.2f}));
}

TEST_CASE("without weights an error says how to get some") {
  const auto fails = [](const char* name, const char* file, const char* says) {
    CHECK_THROWS_WITH_AS(zoo::reference_detector(name, file), doctest::Contains(says), Error);
  };
  fails("pan-resnet18", "", "no pretrained weights exist for this detector: pan-resnet18: expected a checkpoint");
  fails("pan-resnet18", "", "det_PAN_resnet18.yaml");
  fails("pan-resnet18", "no_such_file.pt", "no_such_file.pt");
  fails("east", "", "one of db-mobilenet-v3-small");
}
