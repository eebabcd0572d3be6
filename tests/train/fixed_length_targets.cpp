#include <scriba/concepts.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/fixed_length.hpp>
#include <scriba/train/fixed_length_targets.hpp>

#include "support/tensors.hpp"

using namespace scriba;

static_assert(TargetsFor<train::FixedLengthTargets, loss::FixedLength> && !TargetsFor<train::FixedLengthTargets, loss::Ctc>);

namespace {

using Texts = std::vector<std::string>;

at::Tensor rows(const std::vector<std::int64_t>& values, std::int64_t columns) { return at::tensor(values, at::kLong).view({-1, columns}); }

}  // namespace

TEST_CASE("texts become a class for every position, then the end, then nothing to learn") {
  const train::FixedLengthTargetsOptions options{.alphabet = Alphabet::from_line("abc"), .positions = 3};
  train::TextReport report;
  const Texts texts{"ab", "", "abc", "x", "c"};
  const auto target = train::FixedLengthTargets(options)(texts, report);
  CHECK(target.equal(rows({1, 2, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, 3, 0, -1}, 3)));
  CHECK(report == train::TextReport{.texts = 5, .unknown_characters = 1, .unknown = 1, .empty = 1, .too_long = 1});

  auto cutting = options;
  cutting.long_text = train::LongText::cut, cutting.unknown = train::UnknownInText::skip, cutting.ignored = 4;
  CHECK(train::FixedLengthTargets(cutting)(Texts{"abc", "abca", "xa"}).equal(rows({1, 2, 3, 1, 2, 3, 1, 0, 4}, 3)));

  head::FixedLengthText output;
  output.logits = at::one_hot(target.clamp_min(0), 4).to(at::kFloat) * 50;
  CHECK(loss::FixedLength()(output, target).total.item<float>() < 1e-6f);
}

TEST_CASE("fixed-length targets: bytes that are no text, batches of nothing, no positions") {
  const train::FixedLengthTargets targets({.alphabet = Alphabet::from_line("abc"), .positions = 2});
  CHECK(targets(Texts{"\xff"}).equal(rows({-1, -1}, 2)));
  CHECK_THROWS_WITH_AS(targets(Texts{}), doctest::Contains("batch"), Error);
  CHECK_THROWS_WITH_AS(train::FixedLengthTargets({.positions = 0})(Texts{"a"}), doctest::Contains("positions"), Error);
}

TEST_CASE("fixed-length targets agree with the reference") {
  const auto path = golden::shared() / "golden" / "text" / "fc_label_converter.json";
  if (golden::absent(path)) return;
  const auto json = golden::json(path);
  const auto alphabet = Alphabet::from_line(json.at("alphabet").get<std::string>());
  const train::FixedLengthTargets targets({.alphabet = alphabet,
                                           .unknown = train::UnknownInText::error,
                                           .positions = json.at("max_length").get<std::int64_t>() + 1,
                                           .ignored = alphabet.classes(),
                                           .long_text = train::LongText::cut});
  for (const auto& item : json.at("encode")) {
    const Texts text{item.at("text").get<std::string>()};
    CAPTURE(text[0]);
    const auto expected = item.at("indices").get<std::vector<std::int64_t>>();
    CHECK(targets(text).equal(rows(expected, static_cast<std::int64_t>(expected.size()))));
  }
}
