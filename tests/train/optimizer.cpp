#include <scriba/train/optimizer.hpp>

#include "support/formula.hpp"
#include "support/golden.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using train::OptimizerKind;

namespace {

struct TwoLayers : torch::nn::Module {
  TwoLayers() {
    first = register_module("first", torch::nn::Linear(3, 4));
    norm = register_module("norm", torch::nn::BatchNorm1d(4));
    last = register_module("last", torch::nn::Linear(4, 2));
  }
  torch::nn::Linear first{nullptr}, last{nullptr};
  torch::nn::BatchNorm1d norm{nullptr};
};

at::Tensor formula(const char* name) { return golden::uniform_tensor(name, {5}); }

}  // namespace

TEST_CASE("parameters are grouped by rate and decay; frozen ones stay out") {
  const TwoLayers module;
  const train::OptimizerSettings decay{.weight_decay = 0.1};
  const auto groups = train::parameter_groups(module, decay, {{"first.", 0.5}, {"first.bias", 0}});
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].rate_factor == 0.5);
  CHECK(groups[0].weight_decay == 0.1);
  REQUIRE(groups[0].parameters.size() == 1);
  CHECK(groups[0].parameters[0].is_same(module.first->weight));
  CHECK(groups[1].names == std::vector<std::string>{"norm.weight", "norm.bias", "last.bias"});
  CHECK(groups[1].weight_decay == 0);  // norm.weight, norm.bias, last.bias
  CHECK(groups[1].parameters.size() == 3);
  CHECK(groups[2].parameters[0].is_same(module.last->weight));
  CHECK(train::parameter_groups(module, {.weight_decay = 0.1, .decay_norms_and_biases = true}).size() == 1);
  CHECK_THROWS_WITH_AS(train::parameter_groups(module, decay, {{"frist.", 0.5}}),
                       "no parameters to set a rate for: frist.: expected a prefix of parameter names", Error);
  CHECK_THROWS_AS(train::parameter_groups(module, decay, {{"", 0}}), Error);
}

TEST_CASE("a group's rate is the rate times its factor") {
  const auto a = torch::ones({1}, torch::requires_grad()), b = torch::ones({1}, torch::requires_grad());
  train::Optimizer optimizer({{{a}, 1, 0}, {{b}, 0.25, 0}}, {.kind = OptimizerKind::sgd, .momentum = 0});
  (a.sum() + b.sum()).backward();
  optimizer.step(0.4);
  CHECK(a.item<float>() == doctest::Approx(0.6));
  CHECK(b.item<float>() == doctest::Approx(0.9));
}

TEST_CASE("state goes out and in again: every optimiser takes the same steps as without a pause") {
  for (const auto kind : {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adam_w, OptimizerKind::rms_prop}) {
    const train::OptimizerSettings settings{.kind = kind, .weight_decay = 0.01};
    const auto run = [&](int pause) {
      auto x = torch::tensor({1.0, -2.0, 3.0}).requires_grad_(), never = torch::ones({2}, torch::requires_grad());
      auto optimizer = std::make_unique<train::Optimizer>(std::vector<train::ParameterGroup>{{{never, x}, 1, 0.01}}, settings);
      for (int i = 0; i < 6; ++i) {
        if (i == pause) {
          const auto state = optimizer->state();
          CHECK(state.find("parameters")->get<io::Dict>()->size() == 1);
          optimizer = std::make_unique<train::Optimizer>(std::vector<train::ParameterGroup>{{{never, x}, 1, 0.01}}, settings);
          optimizer->set_state(state);
        }
        optimizer->zero_grad();
        (x * x * x).sum().backward();
        optimizer->step(0.01);
      }
      return x.detach();
    };
    CHECK(torch::equal(run(3), run(-1)));
    CHECK_FALSE(torch::equal(run(3), torch::tensor({1.0, -2.0, 3.0})));
  }
}

TEST_CASE("a state of another network is refused") {
  auto x = torch::ones({3}, torch::requires_grad()), y = torch::ones({4}, torch::requires_grad());
  train::Optimizer one({{{x}, 1, 0}}, {}), other({{{y}, 1, 0}}, {});
  x.sum().backward();
  one.step(0.1);
  CHECK_THROWS_AS(other.set_state(one.state()), Error);
  CHECK_THROWS_AS(one.set_state({}), Error);
  const auto given = [](io::Value of_first) {
    io::Dict parameters, state;
    parameters.set("0", std::move(of_first));
    state.set("kind", "adam");
    state.set("parameters", std::move(parameters));
    return state;
  };
  CHECK_THROWS_AS(one.set_state(given(7)), Error);
  CHECK_THROWS_AS(one.set_state(given(io::Dict{})), Error);
  io::Dict no_tensors;
  no_tensors.set("step", 1);
  CHECK_THROWS_WITH_AS(one.set_state(given(no_tensors), "run.pt"),
                       "cannot resume: run.pt, parameter 0: expected a tensor exp_avg of its shape, got none", Error);
}

TEST_CASE("a state of another kind of optimiser is refused") {
  const OptimizerKind kinds[] = {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adam_w, OptimizerKind::rms_prop};
  auto x = torch::ones({3}, torch::requires_grad());
  for (const auto from : kinds)
    for (const auto to : kinds) {
      train::Optimizer one({{{x}, 1, 0}}, {.kind = from}), other({{{x}, 1, 0}}, {.kind = to});
      one.zero_grad();
      x.sum().backward();
      one.step(0.1);
      if (from == to) {
        CHECK_NOTHROW(other.set_state(one.state()));
        continue;
      }
      CHECK_THROWS_WITH_AS(
          other.set_state(one.state(), "run.pt"),
          doctest::Contains(("cannot resume: run.pt: expected the state of the optimiser " + std::string(train::optimizer_name(to)) +
                             ", got that of " + std::string(train::optimizer_name(from)))
                                .c_str()),
          Error);
    }
}

TEST_CASE("states go by names: grouped in another way, parameters get their own; momentum may begin later") {
  for (const auto kind : {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adam_w, OptimizerKind::rms_prop}) {
    const auto run = [&](bool regroup) {
      auto x = torch::tensor({1.0, 2.0}).requires_grad_(), y = torch::tensor({-3.0, 0.5}).requires_grad_(),
           frozen = torch::ones({2}, torch::requires_grad());
      const train::OptimizerSettings settings{.kind = kind};
      train::Optimizer first({{{x, frozen, y}, 1, 0, {"x", "frozen", "y"}}}, settings);
      const auto step = [&](train::Optimizer& optimizer) {
        optimizer.zero_grad();
        (x.square() + 5 * y.pow(4) + frozen).sum().backward();
        optimizer.step(0.01);
      };
      step(first);
      auto second = regroup ? train::Optimizer({{{y}, 1, 0, {"y"}}, {{x}, 1, 0, {"x"}}}, settings)
                            : train::Optimizer({{{x, frozen, y}, 1, 0, {"x", "frozen", "y"}}}, settings);
      second.set_state(first.state());
      step(second);
      return at::cat({x.detach(), y.detach()});
    };
    CHECK(torch::equal(run(true), run(false)));
  }
  auto x = torch::ones({2}, torch::requires_grad());
  train::Optimizer without({{{x}, 1, 0}}, {.kind = OptimizerKind::rms_prop, .momentum = 0});
  train::Optimizer with({{{x}, 1, 0}}, {.kind = OptimizerKind::rms_prop, .momentum = 0.9});
  x.square().sum().backward();
  without.step(0.01);
  with.set_state(without.state());
  CHECK_NOTHROW(with.step(0.01));
}

TEST_CASE("optimisers agree with the reference's") {
  const auto file = golden::shared() / "golden" / "networks" / "optimizers.json";
  if (golden::absent(file)) return;
  const auto json = golden::json(file);
  std::size_t checked = 0;
  for (const auto& [name, golden] : json.at("steps").items()) {
    CAPTURE(name);
    const auto& config = golden.at("config");
    const train::OptimizerSettings settings{.kind = name.starts_with("SGD")    ? OptimizerKind::sgd
                                                    : name.starts_with("Adam") ? OptimizerKind::adam
                                                                               : OptimizerKind::rms_prop,
                                            .momentum = config.value("momentum", 0.0),
                                            .beta1 = config.value("beta1", 0.9),
                                            .beta2 = config.value("beta2", 0.999),
                                            .smoothing = config.value("alpha", 0.95),
                                            .weight_decay = config.at("weight_decay")};
    const auto a = 0.5 + formula("quad.a"), c = 2 * formula("quad.c") - 1;
    auto x = (2 * formula("quad.x0") - 1).requires_grad_();
    train::Optimizer optimizer({{{x}, 1, settings.weight_decay}}, settings);
    for (const auto& step : golden.at("steps")) {
      optimizer.zero_grad();
      const auto loss = 0.5 * (a * (x - c).square()).sum();
      loss.backward();
      optimizer.step(config.at("base_lr"));
      CHECK(loss.item<double>() == doctest::Approx(step.at("loss").get<double>()).epsilon(1e-12));
      CHECK(golden::largest_difference(x.detach(), torch::tensor(step.at("x").get<std::vector<double>>(), torch::kDouble)) < 1e-14);
      const auto state = optimizer.state();
      for (const auto& [key, value] : step.at("state").items()) {
        if (!value.is_array()) continue;
        const auto* tensor = state.find("parameters")->get<io::Dict>()->find("0")->get<io::Dict>()->find(key);
        REQUIRE_MESSAGE(tensor, key);
        CHECK(golden::largest_difference(*tensor->get<at::Tensor>(), torch::tensor(value.get<std::vector<double>>(), torch::kDouble)) <
              1e-14);
      }
    }
    ++checked;
  }
  CHECK(checked > 0);
}
