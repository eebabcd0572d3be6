#include <scriba/concepts.hpp>
#include <scriba/io/model_settings.hpp>
#include <scriba/neck/chain.hpp>
#include <scriba/neck/sequence_from_map.hpp>
#include <scriba/neck/stacked_bi_lstm.hpp>
#include <scriba/neck/svtr.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kRows = features(Level{8, 4, 2});
using Rows = neck::SequenceFromMap<neck::MapRows::stacked>;
using Mixed = neck::Chain<Rows, neck::LightSvtr<16, 1>>;
using Three = neck::Chain<Rows, neck::Chain<neck::LightSvtr<16, 1>, neck::StackedBiLstm<5, 1>>>;

static_assert(Neck<Mixed> && Neck<Three>);
static_assert(Mixed::accepts(kRows) && Mixed::out(kRows) == features(Level{16, 4, 1}));
static_assert(Three::accepts(kRows) && Three::out(kRows) == features(Level{10, 4, 1}));
static_assert(!Mixed::accepts(features(Level{8, 4})));                                                // the first does not
static_assert(!neck::Chain<neck::LightSvtr<16, 1>, Rows>::accepts(features(Level{8, 4, 2})));         // nor here
static_assert(!neck::Chain<neck::SequenceFromMap<>, neck::Svtr<>>::accepts(features(Level{12, 4})));  // the second does not

scriba::Features map(std::int64_t samples, std::int64_t frames) { return {at::randn({samples, 8, 2, frames}, at::kDouble)}; }

}  // namespace

TEST_CASE("a chain runs one neck after the other") {
  const auto chain = Mixed::make(kRows, {.second = {.dropout = 0}});
  chain->to(at::kDouble);
  const auto in = map(2, 5);
  const torch::NoGradGuard no_gradients;
  CHECK(chain->forward(in)[0].equal(chain->second()->forward(chain->first()->forward(in))[0]));
}

TEST_CASE("chains copy, fold, learn, trace") {
  part_check::copies(*Mixed::make(kRows), map(2, 6));
  part_check::folds(*Mixed::make(kRows), kRows, map(2, 6));
  part_check::learns(*Three::make(kRows), map(2, 6));
  part_check::traces(*Three::make(kRows), map(1, 6), map(3, 9));
}

TEST_CASE("the form of every neck in a chain is found") {
  struct Options {
    struct {
    } backbone, head;
    Three::Options neck;
  } options;
  io::detail::each_form(options, [](nn::Form& form) { form = nn::Form::deployed; });
  CHECK((options.neck.second.first.form == nn::Form::deployed));
}
