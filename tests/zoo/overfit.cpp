// Small networks learn one photo by heart, with targets made from its annotations, and then find its words.
#include <doctest/doctest.h>

#include "zoo/overfit.hpp"

namespace {

void learns(const char* name, int steps) {
  torch::manual_seed(3);
  torch::set_num_threads(2);
  const auto fit = zoo_tests::overfit(scriba::zoo::trainable_detector(name), 256, steps);
  MESSAGE(name, ": loss ", fit.first_loss, " to ", fit.last_loss, ", ", fit.found, " of ", fit.words, " words, ", fit.regions, " regions");
  CHECK(fit.last_loss < 0.5 * fit.first_loss);
  CHECK(fit.finds_its_words());
}

}  // namespace

TEST_CASE("DB with MobileNetV3 learns a photo") { learns("db-mobilenet-v3-small", 150); }
TEST_CASE("PSENet with MobileNetV3 learns a photo") { learns("pse-mobilenet-v3-small", 150); }
TEST_CASE("PAN with MobileNetV3 learns a photo") { learns("pan-mobilenet-v3-small", 150); }
