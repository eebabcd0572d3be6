#include <scriba/io/blend.hpp>

#include "support/tensors.hpp"

using namespace scriba;

namespace {

io::StateDict network(float weight, std::int64_t steps, const char* name = "conv.weight", at::IntArrayRef shape = {2, 3}) {
  io::StateDict out;
  out.add(name, at::full(shape, weight));
  out.add("norm.num_batches_tracked", at::full({}, steps, at::kLong));
  out.add("half", at::full({1}, weight, at::kHalf));
  return out;
}

}  // namespace

TEST_CASE("blended weights lie between two networks") {
  const auto out = io::blended(network(1, 7), network(3, 9), 0.25);
  CHECK(torch::equal(out.at("conv.weight"), at::full({2, 3}, 1.5f)));
  CHECK((out.at("half").scalar_type() == at::kHalf));
  CHECK(out.at("half").item<float>() == 1.5f);
  CHECK(out.at("norm.num_batches_tracked").item<std::int64_t>() == 7);
  CHECK(torch::equal(io::blended(network(1, 7), network(3, 9), 0).at("conv.weight"), at::full({2, 3}, 1.f)));
  CHECK(torch::equal(io::blended(network(1, 7), network(3, 9), 1).at("conv.weight"), at::full({2, 3}, 3.f)));
}

TEST_CASE("different networks cannot be blended") {
  CHECK_THROWS_WITH_AS(io::blended(network(1, 7), network(3, 9), 1.5), doctest::Contains("share: expected 0 .. 1"), Error);
  CHECK_THROWS_WITH_AS(io::blended(network(1, 7), network(3, 9, "fc.weight"), 0.5), doctest::Contains("conv.weight"), Error);
  CHECK_THROWS_WITH_AS(io::blended(network(1, 7), network(3, 9, "conv.weight", {3, 2}), 0.5), doctest::Contains("got shape [3, 2]"), Error);
  CHECK_THROWS_WITH_AS(io::blended(network(1, 7), {}, 0.5), doctest::Contains("expected 3 tensors, got 0"), Error);
}

TEST_CASE("values of a record are compared") {
  const auto record = [](double number, const char* text, float value) {
    io::Dict nested, out;
    nested.set("number", number);
    nested.set("none", {});
    out.set("nested", nested);
    out.set("texts", io::List{text, "b"});
    out.set("pair", io::Tuple{{io::Value(true), io::Value(3)}});
    out.set("bytes", io::Bytes{"raw"});
    out.set("tensor", at::full({2}, value));
    return io::Value(out);
  };
  CHECK(io::same(record(0.5, "a", 1), record(0.5, "a", 1)));
  CHECK_FALSE(io::same(record(0.6, "a", 1), record(0.5, "a", 1)));
  CHECK_FALSE(io::same(record(0.5, "c", 1), record(0.5, "a", 1)));
  CHECK_FALSE(io::same(record(0.5, "a", 2), record(0.5, "a", 1)));
  CHECK_FALSE(io::same(io::Value(1), io::Value(1.0)));
  CHECK_FALSE(io::same(io::List{"a"}, io::List{"a", "b"}));
}
