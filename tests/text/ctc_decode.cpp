#include <scriba/text/ctc_decode.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace ctc = scriba::ctc;
using scriba::Alphabet;

namespace {
using Labels = std::vector<std::int64_t>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Matrix {
  std::int64_t frames, classes;
  std::vector<double> values;

  ctc::Frames<double> view(ctc::Values kind) const { return {values.data(), frames, classes, classes, kind}; }
};

Matrix random_logits(std::mt19937& random, std::int64_t frames, std::int64_t classes) {
  std::uniform_real_distribution<double> value(-3, 3);
  Matrix out{frames, classes, std::vector<double>(static_cast<std::size_t>(frames * classes))};
  for (double& v : out.values) v = value(random);
  return out;
}

Matrix softmax(const Matrix& logits) {
  Matrix out = logits;
  for (std::int64_t t = 0; t < logits.frames; ++t) {
    double* row = out.values.data() + t * logits.classes;
    double sum = 0;
    for (std::int64_t c = 0; c < logits.classes; ++c) sum += row[c] = std::exp(row[c]);
    for (std::int64_t c = 0; c < logits.classes; ++c) row[c] /= sum;
  }
  return out;
}

// Sum over every path: what an exact search would find.
std::map<Labels, double> all_texts(const Matrix& probability) {
  std::map<Labels, double> out;
  std::vector<std::int64_t> path(static_cast<std::size_t>(probability.frames), 0);
  for (;;) {
    double p = 1;
    Labels labels;
    for (std::size_t t = 0; t < path.size(); ++t) {
      p *= probability.values[t * static_cast<std::size_t>(probability.classes) + static_cast<std::size_t>(path[t])];
      if (path[t] != 0 && (t == 0 || path[t] != path[t - 1])) labels.push_back(path[t]);
    }
    out[labels] += p;
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == probability.classes) path[t++] = 0;
    if (t == path.size()) return out;
  }
}
}  // namespace

TEST_CASE("greedy decoding collapses repeats and drops blanks; each character knows its frames") {
  const auto alphabet = Alphabet::from_line("ab");
  const std::vector<ctc::Best> best{{0, .9f}, {1, .5f}, {1, .9f}, {0, .8f}, {1, .7f}, {2, .6f}};
  const auto read = ctc::greedy(best, alphabet);
  CHECK(read.text == "aab");
  REQUIRE(read.characters.size() == 3);
  CHECK(read.characters[0].first_frame == 1);
  CHECK(read.characters[0].last_frame == 2);
  CHECK(read.characters[0].confidence == .5f);  // the first frame of the run counts, not the surest
  CHECK(read.characters[2].text == "b");
  CHECK(read.score == doctest::Approx(0.6));
  CHECK(ctc::greedy(best, alphabet, {.score = ctc::Score::product}).score == doctest::Approx(0.5 * 0.7 * 0.6));
  CHECK(ctc::greedy(best, alphabet, {.score = ctc::Score::minimum}).score == doctest::Approx(0.5));
  CHECK(ctc::raw_text(best, alphabet) == "-aa-ab");
}

TEST_CASE("a blank that is the last class") {
  const auto alphabet = Alphabet::from_line("ab", false, scriba::BlankClass::last);
  const std::vector<ctc::Best> best{{2, 1}, {0, 1}, {0, 1}, {2, 1}, {0, 1}, {1, 1}};
  CHECK(ctc::greedy(best, alphabet).text == "aab");
  CHECK(ctc::raw_text(best, alphabet) == "-aa-ab");
}

TEST_CASE("nothing to read: no frames, only blanks") {
  const auto alphabet = Alphabet::from_line("ab");
  CHECK(ctc::greedy({}, alphabet).text.empty());
  const auto blank = ctc::greedy(std::vector<ctc::Best>{{0, 1}, {0, 1}}, alphabet);
  CHECK(blank.text.empty());
  CHECK(blank.score == 0);
  CHECK(ctc::best_path(ctc::Frames<float>{nullptr, 0, 3, 3}).empty());
  const auto found = ctc::beam_search(ctc::Frames<float>{nullptr, 0, 3, 3});
  REQUIRE(found.size() == 1);
  CHECK(found[0].labels.empty());
  CHECK(found[0].log_probability == 0);
}

TEST_CASE("rounding to five decimals") {
  const std::vector<ctc::Best> best{{1, .123456f}, {2, .654321f}};
  const auto read = ctc::greedy(best, Alphabet::from_line("ab"), {.five_decimals = true});
  CHECK(read.characters[0].confidence == .12346f);
  CHECK(read.score == .38889f);
}

TEST_CASE("logits, log-probabilities and probabilities give the same reading") {
  std::mt19937 random(1);
  for (std::int64_t classes : {2, 5, 16, 37, 100}) {
    const auto logits = random_logits(random, 12, classes);
    const auto probability = softmax(logits);
    auto log_probability = probability;
    for (double& v : log_probability.values) v = std::log(v);
    const auto a = ctc::best_path(probability.view(ctc::Values::probability)), b = ctc::best_path(logits.view(ctc::Values::logit)),
               c = ctc::best_path(log_probability.view(ctc::Values::log_probability));
    for (std::size_t t = 0; t < a.size(); ++t) {
      CHECK(a[t].class_index == b[t].class_index);
      CHECK(a[t].class_index == c[t].class_index);
      CHECK(b[t].probability == doctest::Approx(a[t].probability).epsilon(1e-6));
      CHECK(c[t].probability == doctest::Approx(a[t].probability).epsilon(1e-6));
    }
    const auto x = ctc::beam_search(probability.view(ctc::Values::probability)), y = ctc::beam_search(logits.view(ctc::Values::logit)),
               z = ctc::beam_search(log_probability.view(ctc::Values::log_probability));
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(x[i].labels == y[i].labels);
      CHECK(x[i].labels == z[i].labels);
      CHECK(x[i].log_probability == doctest::Approx(y[i].log_probability));
    }
  }
}

TEST_CASE("the first of equal classes wins; NaN never does; infinite logits are certain") {
  const std::vector<double> equal{.2, .4, .4, 0}, none(4, kNan), some{kNan, .1, kNan, .3};
  const auto best = [](const std::vector<double>& row, ctc::Values kind) {
    return ctc::best_path(ctc::Frames<double>{row.data(), 1, 4, 4, kind})[0];
  };
  CHECK(best(equal, ctc::Values::probability).class_index == 1);
  CHECK(best(none, ctc::Values::probability).class_index == 0);
  CHECK(best(none, ctc::Values::logit).probability == 0);
  CHECK(best(some, ctc::Values::logit).class_index == 3);
  CHECK(std::isfinite(best(some, ctc::Values::logit).probability));
  CHECK(best({0, 1, std::numeric_limits<double>::infinity(), 2}, ctc::Values::logit).probability == 1);
}

TEST_CASE("rows may be further apart than their classes") {
  const std::vector<float> padded{.1f, .9f, 7.f, .8f, .2f, 7.f};
  const auto best = ctc::best_path(ctc::Frames<float>{padded.data(), 2, 2, 3});
  CHECK(best[0].class_index == 1);
  CHECK(best[1].class_index == 0);
  CHECK_THROWS_AS(ctc::best_path(ctc::Frames<float>{padded.data(), 2, 3, 2}), scriba::Error);
  CHECK_THROWS_AS(ctc::best_path(ctc::Frames<float>{padded.data(), 2, 0, 3}), scriba::Error);
  CHECK_THROWS_AS(ctc::greedy(ctc::Frames<float>{padded.data(), 2, 2, 3}, Alphabet::from_line("abc")), scriba::Error);
}

TEST_CASE("a wide beam search equals the sum over all paths") {
  std::mt19937 random(2);
  for (int round = 0; round < 20; ++round) {
    const auto logits = random_logits(random, 5, 4);
    const auto exact = all_texts(softmax(logits));
    const auto found = ctc::beam_search(logits.view(ctc::Values::logit), {.width = 2000, .results = 2000});
    CHECK(found.size() == exact.size());
    for (const auto& text : found) CHECK(text.log_probability == doctest::Approx(std::log(exact.at(text.labels))).epsilon(1e-9));
    CHECK(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.log_probability > b.log_probability; }));
  }
}

TEST_CASE("candidates prune classes; a width of 1 follows one prefix") {
  std::mt19937 random(4);
  const auto logits = random_logits(random, 10, 30);
  const auto all = ctc::beam_search(logits.view(ctc::Values::logit), {.width = 8});
  const auto pruned = ctc::beam_search(logits.view(ctc::Values::logit), {.width = 8, .candidates = 15});
  REQUIRE(!pruned.empty());
  CHECK(pruned[0].labels == all[0].labels);
  CHECK(pruned[0].log_probability <= all[0].log_probability + 1e-12);
  CHECK(ctc::beam_search(logits.view(ctc::Values::logit), {.width = 1}).size() == 1);
  CHECK_THROWS_AS(ctc::beam_search(logits.view(ctc::Values::logit), {.width = 0}), scriba::Error);
  CHECK_THROWS_AS(ctc::beam_search(logits.view(ctc::Values::logit), {.blank = 30}), scriba::Error);
}

TEST_CASE("a beam search survives NaN, zeros and equal classes") {
  const std::vector<double> row{0, kNan, 0, 1};
  CHECK(ctc::beam_search(ctc::Frames<double>{row.data(), 1, 4, 4})[0].labels == Labels{3});
  const std::vector<double> nothing(8, kNan), equal(40, .25);
  CHECK(ctc::beam_search(ctc::Frames<double>{nothing.data(), 2, 4, 4}).empty());
  const auto first = ctc::beam_search(ctc::Frames<double>{equal.data(), 10, 4, 4}, {.width = 3});
  CHECK(first[0].labels == ctc::beam_search(ctc::Frames<double>{equal.data(), 10, 4, 4}, {.width = 3})[0].labels);
}

TEST_CASE("a lexicon restricts the search to one of its words") {
  const auto alphabet = Alphabet::from_line("act ");
  const std::vector<std::string> words{"cat", "act", "", "dog"};
  const ctc::Lexicon lexicon(words, alphabet);
  CHECK(lexicon.skipped() == 2);
  // Frames that say "cct" most loudly.
  const std::vector<float> p{.1f, .1f, .7f, .1f, 0,   .6f, .1f, .1f, .1f, .1f, .1f, .3f, .5f,
                             .1f, 0,   .6f, .1f, .1f, .1f, .1f, .1f, .1f, .1f, .7f, 0};
  const ctc::Frames<float> frames{p.data(), 5, 5, 5};
  CHECK(ctc::greedy(frames, alphabet).text == "cct");
  const auto found = ctc::beam_search(frames, {}, &lexicon);
  REQUIRE(!found.empty());
  CHECK(alphabet.decode(found[0].labels) == "cat");
  for (const auto& text : found) CHECK(std::find(words.begin(), words.end(), alphabet.decode(text.labels)) != words.end());
}

TEST_CASE("a lexicon of words between separators") {
  const auto alphabet = Alphabet::from_line("ab ");
  const std::vector<std::string> words{"a", "ab"};
  const ctc::Lexicon one(words, alphabet), many(words, alphabet, alphabet.class_of(" "));
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    const auto logits = random_logits(random, 8, 4);
    for (const auto& text : ctc::beam_search(logits.view(ctc::Values::logit), {.width = 50, .results = 50}, &many)) {
      std::string rest = alphabet.decode(text.labels);
      while (!rest.empty()) {  // a word, then the end or a separator and another word
        const auto end = std::min(rest.find(' '), rest.size());
        const auto word = rest.substr(0, end);
        CHECK((word == "a" || word == "ab"));
        CHECK(end + 1 != rest.size());
        rest.erase(0, end + 1);
      }
    }
    for (const auto& text : ctc::beam_search(logits.view(ctc::Values::logit), {}, &one)) CHECK_FALSE(text.labels.empty());
  }
  const std::vector<double> only_blank{1, 0, 0, 0};
  CHECK(ctc::beam_search(ctc::Frames<double>{only_blank.data(), 1, 4, 4}, {}, &one).empty());
  CHECK(ctc::beam_search(ctc::Frames<double>{only_blank.data(), 1, 4, 4}, {}, &many).size() == 1);
}
