// Every recogniser of the zoo: its size, a step of training, reading, names, training settings.
#include <doctest/doctest.h>
#include <torch/torch.h>

#include <map>
#include <set>
#include <string>

#include <scriba/core/error.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>
#include "zoo/drawn_words.hpp"

using namespace scriba;

namespace {

// As the reference says; the networks whose files are not known, as these compositions have them.
const std::map<std::string, std::int64_t> kParameters{{"crnn-resnet34", 22'280'197},
                                                      {"crnn-resnet34-center", 22'280'197},
                                                      {"crnn-mobilenet-v3-large", 3'969'539},
                                                      {"crnn-mobilenet-v3-large-all", 3'969'539},
                                                      {"crnn-mobilenet-v3-small", 1'213'723},
                                                      {"crnn-mobilenet-v3-small-all", 1'213'723},
                                                      {"crnn-original", 5'047'973},
                                                      {"crnn-vgg16-bn", 15'388'901},
                                                      {"fc-resnet50", 26'637'538},
                                                      {"crnn-resnet34-wide", 24'096'133},
                                                      {"crnn-resnet50", 29'478'981}};

}  // namespace

TEST_CASE("the list of recognisers names every configuration once") {
  std::set<std::string_view> names, files;
  for (std::size_t i = 0; i < zoo::kReferenceRecognizers.size(); ++i) {
    const auto& recognizer = zoo::kReferenceRecognizers[i];
    names.insert(recognizer.name), files.insert(recognizer.configuration);
    CHECK(zoo::reference_recognizer_index(recognizer.name) == i);
    CHECK(zoo::reference_recognizer_choice().find(recognizer.name) != std::string::npos);
  }
  CHECK(names.size() == zoo::kReferenceRecognizers.size());
  CHECK(files.size() == names.size());
  CHECK_FALSE(zoo::reference_recognizer_index("crnn").has_value());
}

TEST_CASE("learning rates of recognisers fall as the configurations say") {
  const auto training = [](const char* name) { return zoo::kReferenceRecognizers[zoo::reference_recognizer_index(name).value()].training; };
  const auto lmdb = training("crnn-resnet34");  // 0.001, a tenth from epochs 4 and 6 on
  CHECK(train::rate_at(lmdb.schedule, 3) == 0.001);
  CHECK(train::rate_at(lmdb.schedule, 4) == doctest::Approx(1e-4));
  CHECK(train::rate_at(lmdb.schedule, 7) == doctest::Approx(1e-5));
  CHECK((lmdb.optimizer.kind == train::OptimizerKind::adam));
  CHECK_FALSE(lmdb.by_batch);
  const auto all = training("crnn-resnet34-wide");  // a tenth from batches 80,000 and 160,000 on
  CHECK(all.by_batch);
  CHECK(train::rate_at(all.schedule, 79'999) == 0.001);
  CHECK(train::rate_at(all.schedule, 160'000) == doctest::Approx(1e-5));
}

TEST_CASE("every recogniser has the reference's size, learns, runs and reads") {
  torch::manual_seed(5);
  const auto alphabet = zoo::english_alphabet();
  const std::vector words{zoo_tests::drawn_word("scriba"), zoo_tests::drawn_word("42", false)};
  for (const auto& name : zoo::trainable_recognizer_names()) {
    CAPTURE(name);
    const auto recognizer = zoo::trainable_recognizer(name, alphabet);
    if (kParameters.contains(name)) CHECK(recognizer.parameter_count() == kParameters.at(name));

    const auto batch = zoo_tests::line_batch(words, *recognizer.input);
    recognizer.module->train();
    const auto loss = recognizer.loss_of(batch, zoo_tests::texts(words));
    CHECK(std::isfinite(loss.total.item<double>()));
    CHECK(loss.total.item<double>() > 0);
    loss.total.backward();
    double largest = 0;
    for (const auto& parameter : recognizer.module->named_parameters()) {
      if (!parameter.value().grad().defined()) continue;
      const double size = parameter.value().grad().abs().max().item<double>();
      CHECK_MESSAGE(std::isfinite(size), parameter.key());
      largest = std::max(largest, size);
    }
    CHECK(largest > 0);

    recognizer.module->eval();
    const at::NoGradGuard no_gradients;
    const auto outputs = recognizer.forward(batch);
    REQUIRE(outputs.size() == 1);
    CHECK(outputs[0].value.size(0) == 2);
    CHECK(outputs[0].value.size(2) == alphabet.classes());
    CHECK(outputs[0].value.isfinite().all().item<bool>());
    // Alone or beside another: the same text.
    const std::vector crops{words[0].image, words[1].image};
    const auto both = recognizer.predict(crops);
    REQUIRE(both.size() == 2);
    const auto alone = recognizer.predict({&crops[1], 1});
    CHECK(alone.at(0).text == both[1].text);
    CHECK(alone.at(0).score == doctest::Approx(both[1].score).epsilon(1e-3));
  }
}

TEST_CASE("canvases of the recognisers are as wide as their configurations say") {
  for (const auto& info : zoo::kReferenceRecognizers) {
    CAPTURE(info.name);
    const auto recognizer = zoo::trainable_recognizer(info.name, zoo::english_alphabet());
    CHECK(recognizer.input->size.canvas({30, 32}) == info.columns);
    CHECK(recognizer.input->size.canvas({3000, 32}) == info.columns);
    CHECK(recognizer.input->size.height == 32);
    CHECK((recognizer.input->normalization.order == ChannelOrder::grey));
  }
}

TEST_CASE("names that are no recogniser's are refused with a list of those that are") {
  CHECK_THROWS_WITH_AS(zoo::trainable_recognizer("rosetta", zoo::english_alphabet()),
                       doctest::Contains("one of crnn-resnet34, crnn-resnet34-center, "), Error);
}
