#include <scriba/concepts.hpp>
#include <scriba/loss/fixed_length.hpp>
#include <scriba/loss/focal_ctc.hpp>
#include <scriba/train/ctc_targets.hpp>

#include "support/tensors.hpp"

using namespace scriba;

static_assert(TargetsFor<train::CtcTargets, loss::Ctc> && TargetsFor<train::CtcTargets, loss::FocalCtc>);
static_assert(!TargetsFor<train::CtcTargets, loss::FixedLength>);

namespace {

using Labels = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

Labels numbers(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<std::int64_t>(), tensor.const_data_ptr<std::int64_t>() + tensor.numel()};
}

}  // namespace

TEST_CASE("texts become labels one after the other; what is left out has length 0") {
  const train::CtcTargets targets({.alphabet = Alphabet::from_line("abc"), .frames = 4});
  train::TextReport report;
  // "aaa" needs five frames, "caca" four.
  const auto target = targets(Texts{"ab", "", "axb", "aaa", "caca", "aa"}, report);
  CHECK(numbers(target.labels) == Labels{1, 2, 3, 1, 3, 1, 1, 1});
  CHECK(numbers(target.lengths) == Labels{2, 0, 0, 0, 4, 2});
  CHECK(report == train::TextReport{.texts = 6, .unknown_characters = 1, .unknown = 1, .empty = 1, .too_long = 1});

  // The loss agrees with the targets about what fits, and skips what they left out.
  torch::manual_seed(1);
  head::CtcSequence sequence;
  sequence.logits = torch::randn({6, 4, 4});
  const auto terms = loss::Ctc()(sequence, target);
  CHECK(std::isfinite(terms.total.item<float>()));
  REQUIRE(terms.terms.size() == 3);
  CHECK(terms.terms[1].second.item<float>() == 0);  // too long
  CHECK(terms.terms[2].second.item<float>() == 3);  // empty
  const auto unchecked = train::CtcTargets({.alphabet = Alphabet::from_line("abc")})(Texts{"ab", "", "axb", "aaa", "caca", "aa"});
  CHECK(loss::Ctc()(sequence, unchecked).total.item<float>() == doctest::Approx(terms.total.item<float>()));
}

TEST_CASE("CTC targets: unknown characters by policy, a blank that comes last, batches of nothing") {
  const Texts texts{"aé", "b"};
  const auto with = [&](train::CtcTargetsOptions options) {
    options.alphabet = Alphabet({"a", "b"}, BlankClass::last);
    return train::CtcTargets(options)(texts);
  };
  CHECK(numbers(with({.unknown = train::UnknownInText::skip}).labels) == Labels{0, 1});
  CHECK(numbers(with({.unknown = train::UnknownInText::replace, .replacement = 1}).labels) == Labels{0, 1, 1});
  CHECK_THROWS_AS(with({.unknown = train::UnknownInText::error}), Error);
  const auto nothing = train::CtcTargets{}(Texts{"", "x"});
  CHECK(nothing.labels.numel() == 0);
  CHECK(numbers(nothing.lengths) == Labels{0, 0});
  CHECK_THROWS_WITH_AS(train::CtcTargets{}(Texts{}), doctest::Contains("batch"), Error);
}

TEST_CASE("CTC targets agree with the reference") {
  const auto path = golden::shared() / "golden" / "text" / "ctc_label_converter.json";
  if (golden::absent(path)) return;
  const auto json = golden::json(path);
  const auto targets = [&](const nlohmann::json& item) {
    const auto name = item.at("alphabet").get<std::string>();
    return train::CtcTargets(
        {.alphabet = Alphabet::from_line(json.at("alphabets").at(name).get<std::string>()), .unknown = train::UnknownInText::error});
  };
  for (const auto& item : json.at("encode")) {
    const Texts text{item.at("text").get<std::string>()};
    CAPTURE(text[0]);
    if (item.contains("raises")) {
      CHECK_THROWS_AS(targets(item)(text), Error);
      continue;
    }
    const auto target = targets(item)(text);
    CHECK(numbers(target.labels) == item.at("indices").get<Labels>());
    CHECK(numbers(target.lengths) == item.at("length").get<Labels>());
  }
  const auto& batch = json.at("encode_batch");
  const auto target = targets(batch)(batch.at("texts").get<Texts>());
  CHECK(numbers(target.labels) == batch.at("indices").get<Labels>());
  CHECK(numbers(target.lengths) == batch.at("lengths").get<Labels>());
}
