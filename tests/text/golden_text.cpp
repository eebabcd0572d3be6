#include <scriba/text/ctc_beam.hpp>
#include <scriba/text/ctc_greedy.hpp>
#include <scriba/text/edit_distance.hpp>
#include <scriba/text/fold.hpp>

#include <cmath>

#include "support/golden.hpp"

namespace ctc = scriba::ctc;
using scriba::Alphabet;

namespace {
using Labels = std::vector<std::int64_t>;

// Reference files of a form, or one line that says there are none.
std::vector<golden::fs::path> files(std::string_view prefix) {
  const auto folder = golden::shared() / "golden/text";
  auto found = golden::cases(folder, prefix);
  if (found.empty()) MESSAGE("skipped: all of this file: ", folder.string(), " has no ", std::string(prefix), "*.json (set SCRIBA_SHARED)");
  return found;
}

std::vector<ctc::Best> as_best(const Labels& labels) {
  std::vector<ctc::Best> out;
  for (const auto label : labels) out.push_back({label, 1.0f});
  return out;
}
}  // namespace

TEST_CASE("label conversion equals the reference's") {
  for (const auto& path : files("ctc_label_converter")) {
    const auto file = golden::json(path);
    const auto alphabet = [&](const nlohmann::json& test) {
      return Alphabet::from_line(file["alphabets"][test["alphabet"].get<std::string>()].get<std::string>());
    };
    for (const auto& test : file["encode"]) {
      const auto text = test["text"].get<std::string>();
      CAPTURE(text);
      if (test.contains("raises")) {
        CHECK_THROWS_AS(alphabet(test).encode(text), scriba::Error);
      } else {
        CHECK(alphabet(test).encode(text).labels == test["indices"].get<Labels>());
      }
    }
    if (file.contains("encode_batch")) {
      const auto& batch = file["encode_batch"];
      Labels labels, lengths;
      for (const auto& text : batch["texts"]) {
        const auto one = alphabet(batch).encode(text.get<std::string>()).labels;
        labels.insert(labels.end(), one.begin(), one.end());
        lengths.push_back(static_cast<std::int64_t>(one.size()));
      }
      CHECK(labels == batch["indices"].get<Labels>());
      CHECK(lengths == batch["lengths"].get<Labels>());
    }
    for (const auto& test : file["decode"]) {
      const auto best = as_best(test["indices"].get<Labels>());
      CHECK(ctc::greedy(best, alphabet(test)).text == test["decoded"].get<std::string>());
      CHECK(ctc::raw_text(best, alphabet(test)) == test["raw"].get<std::string>());
    }
    for (const auto& test : file["transform_label"]) {
      scriba::TextFolding how;
      if (test["char_type"] == "En") {
        how.alphanumeric_only = true;
        how.letters = test["t_type"] == "lower"   ? scriba::LetterCase::lower
                      : test["t_type"] == "upper" ? scriba::LetterCase::upper
                                                  : scriba::LetterCase::as_is;
      }
      CHECK(scriba::folded(test["text"].get<std::string>(), how) == test["result"].get<std::string>());
    }
  }
}

TEST_CASE("greedy decoding of logits equals the reference's") {
  for (const auto& path : files("ctc_greedy")) {
    const auto file = golden::json(path);
    const auto alphabet_text = file["alphabet"].get<std::string>();
    for (const auto& test : file["cases"]) {
      const auto name = test["name"].get<std::string>();
      CAPTURE(name);
      const auto frames = test["t"].get<std::int64_t>(), classes = test["c"].get<std::int64_t>();
      const auto alphabet = Alphabet(scriba::utf8::code_points(alphabet_text.substr(0, static_cast<std::size_t>(classes - 1))));
      std::vector<double> logits(static_cast<std::size_t>(frames * classes));
      for (std::size_t n = 0; n < test["samples"].size(); ++n) {
        const auto& sample = test["samples"][n];
        for (std::size_t i = 0; i < logits.size(); ++i)
          logits[i] = golden::uniform(name, n * logits.size() + i) +
                      (i % static_cast<std::size_t>(classes) == 0 ? test["blank_bonus"].get<double>() : 0.0);
        const auto best = ctc::best_path(ctc::Frames<double>{logits.data(), frames, classes, classes, ctc::Values::logit});
        Labels argmax;
        for (const auto& frame : best) argmax.push_back(frame.class_index);
        CHECK(argmax == sample["argmax"].get<Labels>());
        const auto read = ctc::greedy(best, alphabet);
        CHECK(read.text == sample["text"].get<std::string>());
        CHECK(ctc::raw_text(best, alphabet) == sample["raw"].get<std::string>());
        REQUIRE(read.characters.size() == sample["kept_steps"].size());
        double sum = 0;
        for (std::size_t i = 0; i < read.characters.size(); ++i) {
          CHECK(read.characters[i].first_frame == sample["kept_steps"][i].get<std::int64_t>());
          CHECK(read.characters[i].confidence == doctest::Approx(sample["kept_softmax"][i].get<double>()).epsilon(1e-6));
          sum += sample["kept_softmax"][i].get<double>();
        }
        if (!read.characters.empty()) CHECK(read.score == doctest::Approx(sum / static_cast<double>(read.characters.size())).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("prefix beam search equals the reference's") {
  for (const auto& path : files("ctc_beam_search")) {
    const auto file = golden::json(path);
    for (const auto& test : file["cases"]) {
      const auto name = test["name"].get<std::string>();
      const auto frames = test["t"].get<std::int64_t>(), classes = test["c"].get<std::int64_t>();
      const double scale = test["scale"].get<double>(), blank_offset = test["blank_offset"].get<double>();
      std::vector<double> logits(static_cast<std::size_t>(frames * classes));
      for (std::size_t i = 0; i < logits.size(); ++i)
        logits[i] = scale * (2 * golden::uniform(name, i) - 1) + (i % static_cast<std::size_t>(classes) == 0 ? blank_offset : 0);
      const ctc::Frames<double> view{logits.data(), frames, classes, classes, ctc::Values::logit};
      Labels greedy;
      for (const auto& frame : ctc::best_path(view)) greedy.push_back(frame.class_index);
      Labels collapsed;
      for (std::size_t t = 0; t < greedy.size(); ++t)
        if (greedy[t] != 0 && (t == 0 || greedy[t] != greedy[t - 1])) collapsed.push_back(greedy[t]);
      CHECK(collapsed == test["greedy"].get<Labels>());

      for (const auto& [key, expected] : test.items()) {
        const bool exact = key == "exact" && expected.is_array();
        if (!exact && !key.starts_with("width_")) continue;
        CAPTURE(name);
        CAPTURE(key);
        const std::size_t width = exact ? 200000 : std::stoul(key.substr(6));
        const auto found = ctc::beam_search(view, {.width = width});
        REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          const double wanted = expected[i]["log_prob"].get<double>();
          CHECK(std::abs(found[i].log_probability - wanted) < 1e-6);
          const bool may_swap = (i > 0 && std::abs(wanted - expected[i - 1]["log_prob"].get<double>()) < 1e-6) ||
                                (i + 1 < expected.size() && std::abs(wanted - expected[i + 1]["log_prob"].get<double>()) < 1e-6);
          if (!may_swap) CHECK(found[i].labels == expected[i]["labels"].get<Labels>());
        }
      }
    }
  }
}
