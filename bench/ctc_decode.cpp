// Decoding CTC frames of PP-OCRv6's size, 40 to 400 frames of 18,710 classes: best path against the plain loop, beam search against the
// best path, with and without a language model.
#include <scriba/text/ctc_beam.hpp>
#include <scriba/text/ctc_greedy.hpp>

#include <cmath>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "measure.hpp"

namespace {

using namespace scriba;

constexpr std::int64_t kClasses = 18'710;

Alphabet alphabet() {
  std::vector<std::string> characters;
  for (char32_t c = U'!'; static_cast<std::int64_t>(characters.size()) < kClasses - 1; ++c) {
    if (c == 0xD800) c = 0xE000;
    utf8::append(characters.emplace_back(), c);
  }
  return Alphabet(std::move(characters));
}

// Probabilities as a trained head has them: a character every fourth frame, the blank between, the rest little.
std::vector<float> probabilities(std::int64_t frames) {
  std::mt19937 random(1);
  std::vector<float> out(static_cast<std::size_t>(frames * kClasses));
  std::uniform_real_distribution<float> little(0, 1e-6f);
  for (float& p : out) p = little(random);
  for (std::int64_t t = 0; t < frames; ++t) {
    float* row = out.data() + t * kClasses;
    const auto first = t % 4 == 1 ? 1 + random() % 90 : 0;
    row[first] = 0.8f;
    for (int i = 0; i < 4; ++i) row[1 + random() % 90] += 0.04f;
  }
  return out;
}

// The best path as one would write it first: the largest of each row, then repeats and blanks out.
std::string plain(const std::vector<float>& values, std::int64_t frames, const Alphabet& alphabet) {
  std::string out;
  std::int64_t before = 0;
  for (std::int64_t t = 0; t < frames; ++t) {
    std::int64_t best = 0;
    for (std::int64_t c = 1; c < kClasses; ++c)
      if (values[static_cast<std::size_t>(t * kClasses + c)] > values[static_cast<std::size_t>(t * kClasses + best)]) best = c;
    if (best != 0 && best != before) out += alphabet.character(best);
    before = best;
  }
  return out;
}

}  // namespace

int main() {
  const auto characters = alphabet();
  const auto model = std::make_shared<const CharacterModel>(
      CharacterModel::train(std::vector<std::string>{"the quick brown fox jumps over the lazy dog", "1234567890"}));
  const ctc::LanguageScorer language(model, characters, 0.3);
  nlohmann::ordered_json results;
  for (const std::int64_t count : {40, 400}) {
    const auto values = probabilities(count);
    const ctc::Frames<float> frames{values.data(), count, kClasses, kClasses};
    std::string text;
    const double plain_ms = bench::median_ms([&] { text = plain(values, count, characters); });
    const double greedy_ms = bench::median_ms([&] { ctc::greedy(frames, characters); });
    nlohmann::ordered_json row{
        {"frames", count},        {"classes", kClasses},           {"plain_ms", plain_ms},
        {"greedy_ms", greedy_ms}, {"ratio", plain_ms / greedy_ms}, {"same_text", ctc::greedy(frames, characters).text == text}};
    for (const std::size_t width : {5, 20}) {
      const ctc::BeamOptions options{.width = width, .candidates = 40, .results = 1};
      const double beam_ms = bench::median_ms([&] { ctc::beam_search(frames, options); }, 3);
      const double model_ms = bench::median_ms([&] { ctc::beam_search(frames, options, nullptr, &language); }, 3);
      row["beams"].push_back(
          {{"width", width}, {"ms", beam_ms}, {"times_greedy", beam_ms / greedy_ms}, {"with_language_model_ms", model_ms}});
    }
    results.push_back(row);
  }
  std::cout << nlohmann::ordered_json{{"bench", "ctc_decode"}, {"results", results}}.dump(2) << '\n';
}
