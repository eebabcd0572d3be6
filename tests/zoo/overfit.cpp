// Small networks learn one page by heart, with targets made from its annotations, and then find its words.
#include <doctest/doctest.h>

#include "zoo/two_words.hpp"

namespace {

void learns(const char* name, int steps) {
  torch::manual_seed(3);
  torch::set_num_threads(2);
  const auto fit = zoo_tests::overfit(zoo_tests::any_detector(name), 160, steps);
  MESSAGE(name, ": loss ", fit.first_loss, " to ", fit.last_loss, ", IoU ", fit.iou);
  CHECK(fit.last_loss < 0.5 * fit.first_loss);
  CHECK(fit.regions == 2);
  CHECK(fit.iou > 0.5);
}

}  // namespace

TEST_CASE("DB with MobileNetV3 learns a page") { learns("db-mobilenet-v3-small", 150); }
TEST_CASE("PSENet with MobileNetV3 learns a page") { learns("pse-mobilenet-v3-small", 150); }
TEST_CASE("PAN with MobileNetV3 learns a page") { learns("pan-mobilenet-v3-small", 150); }
