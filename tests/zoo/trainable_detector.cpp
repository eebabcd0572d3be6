// Detectors by name: what training writes, programs read; weights to start from in all their forms.
#include <scriba/zoo/trainable_detector.hpp>

#include "io/temporary_folder.hpp"
#include "support/golden.hpp"
#include "support/tensors.hpp"
#include "zoo/two_words.hpp"

#include <scriba/detector.hpp>
#include <scriba/loss/dice.hpp>
#include <scriba/train/page_batches.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_detector.hpp>

using namespace scriba;

namespace {

const auto kWeights = zoo::pretrained_folder() / zoo::kPpOcrV6DetectorFile;

at::Tensor map_of(const zoo::TrainableDetector& detector, const at::Tensor& batch) {
  const torch::NoGradGuard no_gradients;
  detector.module->eval();
  return detector.forward(batch).at(0).value;
}

}  // namespace

TEST_CASE("a trained detector's file brings its settings to the programs, folded and with changes") {
  const TemporaryFolder folder;
  torch::manual_seed(8);
  for (const char* name : {"pp-ocr-v6", "pp-ocr-v4"}) {
    const auto detector = zoo::trainable_detector(name);
    golden::randomize(*detector.module, 2);
    detector.input->resize = {.by = ResizeSide::shorter, .side = 128, .multiple = 32};
    detector.module->eval();
    detector.save(folder / "trained.pt");
    const auto page = zoo_tests::two_words(128, 90).image;
    const auto expected = detector.predict(page);
    const auto finder = zoo::pp_ocr_detector({.detector_file = folder / "trained.pt"});
    CHECK(finder.engine == "LibTorch");
    const auto got = finder.predict(page);
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i].score == doctest::Approx(expected[i].score).epsilon(1e-3));
    CHECK(zoo::pp_ocr_detector({.detector_file = folder / "trained.pt", .changes = {.box_threshold = 1.f}}).predict(page).empty());
  }
  CHECK_THROWS_AS(zoo::pp_ocr_detector({.detector_file = folder / "trained.pt", .changes = {.threshold = 2.f}}), Error);
  // A file of another network is named for what it is.
  zoo::trainable_detector("db-mobilenet-v3-small").save(folder / "other.pt");
  CHECK_THROWS_WITH_AS(zoo::pp_ocr_detector({.detector_file = folder / "other.pt"}), doctest::Contains("db-mobilenet-v3-small"), Error);
}

TEST_CASE("every kind of settings can be saved") {
  const TemporaryFolder folder;
  for (const char* name :
       {"db-mobilenet-v3-small", "db-multi-class-resnet50", "pse-mobilenet-v3-small", "pan-mobilenet-v3-small", "sast-resnet50"}) {
    zoo::trainable_detector(name).save(folder / "model.pt");
    CHECK_MESSAGE(std::filesystem::file_size(folder / "model.pt") > 1'000'000, name);
  }
}

TEST_CASE("the maps of a target can be looked at") {
  const std::vector<target::PageAnnotation> pages(2, {.size = {64, 32}, .texts = {{.polygon = {{8, 8}, {56, 8}, {56, 24}, {8, 24}}}}});
  const auto planes_of = [&](const char* name) {
    const auto detector = zoo::trainable_detector(name);
    target::TargetReport report;
    std::vector<std::int64_t> planes;
    for (const auto& map : detector.maps(detector.target(pages, report))) {
      CHECK(map.size(0) == 2);
      planes.push_back(map.dim() == 4 ? map.size(1) : 1);
    }
    return planes;
  };
  using Planes = std::vector<std::int64_t>;
  CHECK(planes_of("db-mobilenet-v3-small") == Planes{1, 1, 1, 1});
  CHECK(planes_of("db-multi-class-resnet50") == Planes{1, 1, 1, 1, 1});
  CHECK(planes_of("pse-mobilenet-v3-small") == Planes{1, 6, 1});
  CHECK(planes_of("pan-mobilenet-v3-small") == Planes{1, 1, 1, 1, 1});
  CHECK(planes_of("sast-resnet50") == Planes{1, 5, 9, 3, 1});
}

TEST_CASE("every detector that trains is known to the programs") {
  const auto without_weights = [](const std::string& name) {
    CHECK_THROWS_WITH_AS(zoo::reference_detector(name, {}), doctest::Contains("no pretrained weights exist for this detector"), Error);
  };
  const auto& names = zoo::trainable_detector_names();
  CHECK(names.size() == zoo::kReferenceDetectors.size() + zoo::kDetectorVariants.size() + 2);
  for (const auto& name : names)
    if (!name.starts_with("pp-ocr")) without_weights(name);
  CHECK_THROWS_WITH_AS(zoo::reference_detector("east", {}), doctest::Contains("sast-resnet50-mixed, db-densenet121, "), Error);

  const TemporaryFolder folder;
  for (const auto& info : zoo::kDetectorVariants) {
    CAPTURE(info.name);
    const int side = info.name == "db-scnet50" ? 128 : 96;  // it pools its maps by 4
    const auto page = zoo_tests::two_words(side, 90).image;
    const auto detector = zoo::trainable_detector(info.name);
    golden::randomize(*detector.module, 3);
    detector.input->resize.side = side;
    detector.save(folder / "trained.pt");
    const auto expected = map_of(detector, detector_batch(page, *detector.input));
    const auto maps = zoo::reference_detector(info.name, folder / "trained.pt").maps(page);
    REQUIRE(maps.maps.at(0).second.total() == static_cast<std::size_t>(expected.numel()));
    const auto got = at::from_blob(const_cast<uchar*>(maps.maps[0].second.data), expected.sizes(), at::kFloat);
    CHECK(golden::largest_difference(got, expected) < 1e-3 * expected.abs().max().item<double>());
  }
}

TEST_CASE("the number of classes goes from training to the file and from there to the programs") {
  const TemporaryFolder folder;
  const auto detector = zoo::trainable_detector("db-multi-class-resnet50", 5);
  CHECK(detector.classes == 5);
  CHECK(zoo::trainable_detector("db-multi-class-resnet50").classes == 3);
  CHECK_FALSE(zoo::trainable_detector("db-mobilenet-v3-small").classes);
  CHECK_THROWS_WITH_AS(zoo::trainable_detector("db-mobilenet-v3-small", 5), doctest::Contains("got 5 classes"), Error);
  CHECK_THROWS_WITH_AS(zoo::trainable_detector("pp-ocr-v6", 2), doctest::Contains("does not tell kinds of text apart"), Error);

  // Classes 3 and 4 are learnt, 5 is unknown.
  auto page = zoo_tests::two_words(128, 90).annotation;
  page.texts.at(0).class_id = 4, page.texts.at(1).class_id = 5;
  target::TargetReport report;
  detector.target({&page, 1}, report);
  CHECK(report.unknown_class == 1);

  detector.input->resize.side = 96;
  detector.save(folder / "trained.pt");
  CHECK(zoo::finished_detector(detector.name, folder / "trained.pt").classes == 5);
  const auto image = zoo_tests::two_words(96, 90).image;
  for (const auto shape : {postprocess::RegionShape::quad, postprocess::RegionShape::polygon}) {
    const auto finder =
        zoo::reference_detector(detector.name, folder / "trained.pt", {.threshold = 0.f, .box_threshold = 0.f, .shape = shape});
    CHECK(finder.classes);
    const auto maps = finder.maps(image);
    REQUIRE(maps.maps.size() == 2);
    CHECK(maps.maps[1].second.size[1] == 5);
    const auto regions = finder.predict(image);  // nearly every pixel is above the threshold
    REQUIRE(!regions.empty());
    for (const auto& region : regions) CHECK((region.class_id >= 0 && region.class_id < 5));
  }
}

TEST_CASE("a student learns from its teacher, who sees the images in its own way") {
  const TemporaryFolder folder;
  torch::manual_seed(12);
  auto pupil = zoo::trainable_detector("db-mobilenet-v3-small");
  golden::randomize(*pupil.module, 4);
  auto elder = zoo::trainable_detector("pp-ocr-v6");
  golden::randomize(*elder.module, 5);
  elder.input->normalization = {.mean = {0.1, 0.2, 0.3}, .std = {0.5, 1, 2}, .order = ChannelOrder::rgb};
  elder.module->eval();
  elder.save(folder / "teacher.pt");
  const auto teacher = zoo::finished_detector("pp-ocr-v6", folder / "teacher.pt");

  std::vector<augment::Page> pages;
  std::vector<target::PageAnnotation> annotations;
  for (const int brightness : {90, 160}) {
    const auto page = zoo_tests::two_words(96, brightness);
    pages.push_back({page.image, page.annotation.texts});
    annotations.push_back(page.annotation);
  }
  const auto images = train::image_batch(pages, pupil.input->normalization);
  const auto maps = map_of(elder, train::image_batch(pages, elder.input->normalization));
  pupil.module->train();
  const auto labels_alone = pupil.loss_of(images, annotations);
  REQUIRE(pupil.taught_loss);
  zoo::learn_from(pupil, teacher, 0.25);
  const auto both = pupil.loss_of(images, annotations);
  const auto outputs = pupil.forward(images);
  const auto ones = at::ones_like(maps);
  const double distillation = (loss::dice(outputs.at(0).value, maps, ones) + loss::dice(outputs.at(2).value, maps, ones)).item<double>();
  REQUIRE(both.terms.size() == labels_alone.terms.size() + 1);
  CHECK(both.terms.at(3).first == "distillation");
  CHECK(both.terms[3].second.item<double>() == doctest::Approx(distillation).epsilon(1e-3));
  CHECK(both.total.item<double>() == doctest::Approx(0.25 * labels_alone.total.item<double>() + 0.75 * distillation).epsilon(1e-3));
  // Seen as the pupil sees them, the images would say something else.
  zoo::TrainableDetector blind = teacher;
  DetectorInput as_pupil = *pupil.input;
  blind.input = &as_pupil;
  zoo::learn_from(pupil, blind, 0.25);
  CHECK(std::abs(pupil.loss_of(images, annotations).terms.at(3).second.item<double>() - distillation) > 1e-3 * distillation);
  zoo::learn_from(pupil, teacher, 0.25);
  target::TargetReport report;
  const auto in_half = pupil.loss(images, pupil.target(annotations, report), true);
  CHECK(in_half.terms.at(3).second.item<double>() == doctest::Approx(distillation).epsilon(0.05));
  CHECK((in_half.total.scalar_type() == at::kFloat));
  both.total.backward();
  for (const auto& parameter : teacher.module->parameters()) CHECK_FALSE(parameter.grad().defined());

  // A folded pupil has a shrink map alone, and a teacher is in evaluation mode whatever it was before.
  auto folded = zoo::trainable_detector("db-mobilenet-v3-small");
  folded.fold();
  const auto untrained = zoo::trainable_detector("pp-ocr-v6");
  untrained.module->train();
  zoo::learn_from(folded, untrained);
  CHECK_FALSE(untrained.module->is_training());
  folded.module->train();
  const auto of_folded = folded.loss_of(images, annotations);
  CHECK(std::ranges::any_of(of_folded.terms, [](const auto& term) { return term.first == "distillation"; }));

  CHECK_FALSE(zoo::trainable_detector("db-multi-class-resnet50").taught_loss);
  auto other = zoo::trainable_detector("pan-mobilenet-v3-small");
  CHECK_THROWS_WITH_AS(zoo::learn_from(other, teacher), doctest::Contains("DB detectors of one class: pan-mobilenet-v3-small"), Error);
  CHECK_THROWS_WITH_AS(zoo::learn_from(pupil, other), doctest::Contains("pan-mobilenet-v3-small"), Error);
  CHECK_THROWS_AS(zoo::learn_from(pupil, teacher, 1.5), Error);
  CHECK_THROWS_WITH_AS(zoo::finished_detector("db-resnet50", folder / "teacher.pt"),
                       doctest::Contains("expected db-resnet50, got pp-ocr-v6"), Error);
}

TEST_CASE("what training wrote is what the reference's detector reads, and what training starts from") {
  const TemporaryFolder folder;
  const auto detector = zoo::trainable_detector("pan-mobilenet-v3-small");
  golden::randomize(*detector.module, 6);
  detector.save(folder / "pan.pt");
  CHECK_NOTHROW(zoo::reference_detector("pan-mobilenet-v3-small", folder / "pan.pt"));
  auto again = zoo::trainable_detector("pan-mobilenet-v3-small");
  CHECK_FALSE(zoo::load_initial_weights(again, folder / "pan.pt"));
  const auto batch = at::rand({1, 3, 64, 64});
  CHECK(torch::equal(map_of(detector, batch), map_of(again, batch)));
  auto other = zoo::trainable_detector("db-mobilenet-v3-small");
  CHECK_THROWS_AS(zoo::load_initial_weights(other, folder / "pan.pt"), Error);
}

TEST_CASE("the published weights of PP-OCR begin a training run: the same maps, batch norms back") {
  if (golden::absent(kWeights)) return;
  auto detector = zoo::trainable_detector("pp-ocr-v6");
  CHECK(zoo::load_initial_weights(detector, kWeights));
  const auto batch =
      detector_batch(zoo_tests::two_words(128, 90).image, {.resize = {.side = 128}, .normalization = detector.input->normalization});
  const auto map = map_of(detector, batch);
  CHECK(map.max().item<float>() > 0.3);  // it sees the words
  detector.fold();
  CHECK(golden::largest_difference(map_of(detector, batch), map) < 1e-3);
  auto pan = zoo::trainable_detector("pan-mobilenet-v3-small");
  CHECK_THROWS_WITH_AS(zoo::load_initial_weights(pan, kWeights), doctest::Contains("PP-OCR detectors only"), Error);
}

TEST_CASE("the loss in bfloat16 is near to the one in float") {
  const auto detector = zoo::trainable_detector("db-mobilenet-v3-small");
  const std::vector drawn{zoo_tests::two_words(128, 90), zoo_tests::two_words(128, 140, 1)};
  const std::vector pages{drawn[0].annotation, drawn[1].annotation};
  target::TargetReport report;
  const auto target = detector.target(pages, report);
  CHECK(report.texts > 0);
  const auto batch = at::rand({2, 3, 128, 128});
  detector.module->train();
  const double exact = detector.loss(batch, target, false).total.item<double>();
  CHECK(detector.loss(batch, target, true).total.item<double>() == doctest::Approx(exact).epsilon(0.1));
}
