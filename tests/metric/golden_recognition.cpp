#include <scriba/metric/word_accuracy.hpp>

#include "support/golden.hpp"

using namespace scriba;
using metric::Similarity, metric::WordAccuracy;

TEST_CASE("word accuracy and 1-NED equal the reference values") {
  const auto folder = golden::shared() / "golden/metrics";
  const auto paths = golden::cases(folder, "recognition");
  if (paths.empty()) MESSAGE("skipped: ", folder.string(), " has no recognition*.json (set SCRIBA_SHARED)");
  for (const auto& path : paths) {
    const auto file = golden::json(path);
    WordAccuracy exact, zero({.similarity = Similarity::longer_or_zero}), ignore_case({.folding = {.letters = LetterCase::lower}}),
        filtered({.folding = kAlphanumericFolding});
    for (const auto& pair : file["pairs"]) {
      CAPTURE(pair.dump());
      const auto truth = pair["gt"].get<std::string>(), read = pair["pred"].get<std::string>();
      const auto same = *exact.add(truth, read);
      CHECK(same.right == pair["exact"].get<bool>());
      CHECK(same.distance == pair["edit_distance"].get<std::size_t>());
      CHECK(same.similarity == doctest::Approx(pair["one_ned"].get<double>()).epsilon(1e-6));
      CHECK(zero.add(truth, read)->similarity == doctest::Approx(pair["one_ned_empty_is_zero"].get<double>()).epsilon(1e-6));
      CHECK(ignore_case.add(truth, read)->right == pair["ignore_case"].get<bool>());
      CHECK(folded(truth, kAlphanumericFolding) == pair["gt_filtered"].get<std::string>());
      CHECK(folded(read, kAlphanumericFolding) == pair["pred_filtered"].get<std::string>());
      const auto short_form = *filtered.add(truth, read);
      CHECK(short_form.right == pair["match_filtered"].get<bool>());
      CHECK(short_form.distance == pair["edit_distance_filtered"].get<std::size_t>());
      CHECK(short_form.similarity == doctest::Approx(pair["one_ned_filtered"].get<double>()).epsilon(1e-6));
    }
    const auto& summary = file["summary"];
    const auto close = [&](double got, const char* key) { CHECK(got == doctest::Approx(summary[key].get<double>()).epsilon(1e-6)); };
    CHECK(exact.score().words == summary["count"].get<std::size_t>());
    close(exact.score().accuracy(), "acc_exact");
    close(ignore_case.score().accuracy(), "acc_ignore_case");
    close(filtered.score().accuracy(), "acc_case_insensitive_alphanumeric");
    close(exact.score().ned(), "one_ned");
    close(zero.score().ned(), "one_ned_empty_is_zero");
    close(filtered.score().ned(), "one_ned_filtered");
  }
}
