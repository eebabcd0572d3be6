#include <scriba/train/rate_schedule.hpp>

#include <scriba/zoo/reference_detector_list.hpp>

#include "support/golden.hpp"

using namespace scriba;
using train::RateKind;

TEST_CASE("a rate warms up, then follows its schedule, and stays defined beyond the end") {
  const train::RateSchedule cosine{.rate = 1, .length = 110, .warm_up = 10, .floor = 0.1};
  CHECK(train::rate_at(cosine, 0) == doctest::Approx(1.0 / 11));
  CHECK(train::rate_at(cosine, 9) == doctest::Approx(10.0 / 11));
  CHECK(train::rate_at(cosine, 10) == 1);
  CHECK(train::rate_at(cosine, 60) == doctest::Approx(0.55));
  CHECK(train::rate_at(cosine, 110) == doctest::Approx(0.1));
  CHECK(train::rate_at(cosine, 1e9) == doctest::Approx(0.1));
  const train::RateSchedule poly{.kind = RateKind::poly, .rate = 2, .length = 10, .power = 1};
  CHECK(train::rate_at(poly, 5) == doctest::Approx(1));
  CHECK(train::rate_at(poly, 10) == 0);
  CHECK(train::rate_at(poly, 11) == 0);
  const train::RateSchedule steps{.kind = RateKind::steps, .rate = 1, .step_at = {3, 5}};
  CHECK(train::rate_at(steps, 2) == 1);
  CHECK(train::rate_at(steps, 3) == doctest::Approx(0.1));
  CHECK(train::rate_at(steps, 1000) == doctest::Approx(0.01));
  CHECK(train::rate_at({.kind = RateKind::constant, .rate = 3}, 7) == 3);
  // A run that is all warm-up, or has no length.
  CHECK(train::rate_at({.rate = 1, .length = 5, .warm_up = 5}, 5) == doctest::Approx(0.01));
  CHECK(std::isfinite(train::rate_at({.rate = 1, .length = 0}, 0)));
}

TEST_CASE("rates agree with the reference's for every configuration") {
  const auto file = golden::shared() / "golden" / "networks" / "lr_schedules.json";
  if (golden::absent(file)) return;
  const auto json = golden::json(file);
  const auto check = [](const train::RateSchedule& schedule, const nlohmann::json& rates) {
    for (std::size_t epoch = 0; epoch < rates.size(); ++epoch)
      CHECK_MESSAGE(train::rate_at(schedule, static_cast<double>(epoch)) == doctest::Approx(rates[epoch].get<double>()).epsilon(1e-12),
                    epoch);
  };
  std::size_t checked = 0;
  for (const auto& [name, golden] : json.at("schedules").items()) {
    CAPTURE(name);
    train::RateSchedule schedule{.rate = golden.at("base_lr"), .length = golden.value("n_epoch", golden.value("max_iters", 1.0))};
    if (golden.contains("schedule")) {
      schedule.kind = RateKind::steps;
      schedule.step_factor = golden.at("gama");
      for (std::size_t i = 0; i < golden.at("schedule").size(); ++i) schedule.step_at.at(i) = golden.at("schedule")[i];
      for (const auto& change : golden.value("changes", nlohmann::json::array()))
        CHECK(train::rate_at(schedule, change.at("epoch")) == doctest::Approx(change.at("lr").get<double>()).epsilon(1e-12));
    } else {
      schedule.kind = RateKind::poly;
      schedule.power = golden.at("factor");
    }
    if (golden.contains("lr")) check(schedule, golden.at("lr"));
    ++checked;
    // What the zoo says of this configuration is the same schedule.
    for (const auto& detector : zoo::kReferenceDetectors)
      if (detector.configuration == name)
        for (double epoch = 0; epoch < schedule.length; epoch += 50)
          CHECK(train::rate_at(detector.training.schedule, epoch) == doctest::Approx(train::rate_at(schedule, epoch)));
  }
  CHECK(checked > 0);
  const auto& sgdr = json.at("sgdr");
  check({.kind = RateKind::cosine_restarts,
         .rate = sgdr.at("lr_max"),
         .floor = sgdr.at("lr_min").get<double>() / sgdr.at("lr_max").get<double>(),
         .period = sgdr.at("T_m"),
         .restart_factor = 1 - sgdr.at("ratio").get<double>()},
        sgdr.at("lr"));
}
