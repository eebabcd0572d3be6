#include <doctest/doctest.h>

#include <ATen/ops/ones.h>
#include <scriba/concepts.hpp>
#include <scriba/engine/any.hpp>

using namespace scriba;

static_assert(Engine<engine::Any>);

namespace {

struct Doubles {
  NamedTensors run(const at::Tensor& batch) const { return {{"twice", 2 * batch}}; }
  std::string name() const { return "doubles"; }
};

}  // namespace

TEST_CASE("any engine is one type, and lives as long as its copies") {
  const auto copy = [] {
    const engine::Any any(std::make_shared<const Doubles>());
    return any;
  }();
  CHECK(copy.name() == "doubles");
  const auto out = copy.run(at::ones({1, 2}));
  REQUIRE(out.size() == 1);
  CHECK(out[0].name == "twice");
  CHECK(out[0].value.sum().item<double>() == 4);
}
