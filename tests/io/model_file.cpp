#include <scriba/io/model_file.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include "io/temporary_folder.hpp"

using namespace scriba::io;

TEST_CASE("a model file brings back weights and what belongs to them") {
  const TemporaryFolder folder;
  StateDict weights;
  weights.add("conv.weight", torch::rand({2, 3}));
  Record preprocessing;
  preprocessing.set("mean", List{0.5, 1, 0.25}).set("colour", "BGR");
  Record record;
  record.set("preprocessing", preprocessing.dict()).set("alphabet", Value(std::vector<std::string>{"a", "é"})).set("box_threshold", 0.6);
  save_model(folder / "det.pt", "Detector<ResNet50, Fpn<256>, Db>", weights, record);

  const auto model = load_model(folder / "det.pt", "Detector<ResNet50, Fpn<256>, Db>");
  CHECK(torch::equal(model.weights.at("conv.weight"), weights.at("conv.weight")));
  CHECK(model.record.text("architecture") == "Detector<ResNet50, Fpn<256>, Db>");
  CHECK(model.record.integer("format_version") == kModelFormatVersion);
  CHECK(model.record.record("preprocessing").numbers("mean") == std::vector<double>{0.5, 1, 0.25});
  CHECK(model.record.texts("alphabet") == std::vector<std::string>{"a", "é"});
  CHECK(model.record.number("box_threshold") == 0.6);
  CHECK(load_model(folder / "det.pt").weights.size() == 1);

  CHECK_THROWS_WITH_AS(load_model(folder / "det.pt", "Recognizer<Crnn>"),
                       doctest::Contains("expected architecture Recognizer<Crnn>, got Detector<ResNet50, Fpn<256>, Db>"), scriba::Error);
  CHECK_THROWS_WITH_AS(model.record.text("blank"), doctest::Contains("det.pt, key blank: expected a value, got none"), scriba::Error);
  CHECK_THROWS_WITH_AS(model.record.record("preprocessing").integer("colour"),
                       doctest::Contains("preprocessing, key colour: expected an integer, got str"), scriba::Error);
  CHECK_THROWS_AS(model.record.flag("box_threshold"), scriba::Error);
  CHECK_THROWS_AS(model.record.texts("preprocessing"), scriba::Error);
  CHECK_THROWS_AS(model.record.numbers("alphabet"), scriba::Error);
}

TEST_CASE("other files and later versions are refused in one sentence") {
  const TemporaryFolder folder;
  StateDict weights;
  weights.add("w", torch::ones({1}));
  write_torch_file(folder / "plain.pt", weights, {});
  CHECK_THROWS_WITH_AS(load_model(folder / "plain.pt"), doctest::Contains("save_model"), scriba::Error);
  Dict later;
  later.set("format", "scriba model");
  later.set("format_version", kModelFormatVersion + 1);
  later.set("architecture", "x");
  write_torch_file(folder / "later.pt", weights, later);
  CHECK_THROWS_WITH_AS(load_model(folder / "later.pt"), doctest::Contains("update Scriba"), scriba::Error);
  CHECK_THROWS_AS(save_model(folder / "x.pt", "x", weights, Record().set("architecture", "y")), scriba::Error);
  save_model(folder / "no_weights.pt", "x", {});
  CHECK(load_model(folder / "no_weights.pt").weights.empty());
}
