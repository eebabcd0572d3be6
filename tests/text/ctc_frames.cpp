#include <scriba/text/ctc_frames.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace ctc = scriba::ctc;

TEST_CASE("log-probabilities of probabilities, logits and log-probabilities") {
  const std::vector<double> p{.1, .2, .7}, logits{1 + std::log(.1), 1 + std::log(.2), 1 + std::log(.7)},
      logs{std::log(.1), std::log(.2), std::log(.7)};
  for (const auto& [values, kind] :
       {std::pair{&p, ctc::Values::probability}, std::pair{&logits, ctc::Values::logit}, std::pair{&logs, ctc::Values::log_probability}}) {
    const ctc::Frames<double> frames{values->data(), 1, 3, 3, kind};
    ctc::detail::LogProbabilities<double> log_of(frames);
    log_of.read(0);
    for (std::int64_t c = 0; c < 3; ++c) CHECK(log_of(c) == doctest::Approx(std::log(p[static_cast<std::size_t>(c)])));
  }
}

TEST_CASE("NaN and zero are impossible") {
  const std::vector<float> p{std::numeric_limits<float>::quiet_NaN(), 0, 1};
  const ctc::Frames<float> frames{p.data(), 1, 3, 3};
  ctc::detail::LogProbabilities<float> log_of(frames);
  log_of.read(0);
  CHECK(log_of(0) == ctc::detail::kImpossible);
  CHECK(log_of(1) == ctc::detail::kImpossible);
  CHECK(log_of(2) == 0);
}
