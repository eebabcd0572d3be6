#include <scriba/train/trainer.hpp>

#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "train/training_net.hpp"

using namespace scriba;
using training::batch, training::loss, training::net, training::Net;

namespace {

train::StepResult step(train::Trainer& trainer, const std::shared_ptr<Net>& net) {
  const auto first = trainer.steps() * trainer.options().accumulate;
  return trainer.step([&](int part) { return loss(*net, batch(first + part)); });
}

bool same(const io::StateDict& a, const io::StateDict& b) {
  return std::ranges::all_of(a, [&](const auto& entry) { return torch::equal(entry.second, b.at(entry.first)); });
}

}  // namespace

TEST_CASE("a run that is interrupted goes on bit for bit, whatever the optimiser") {
  const ::TemporaryFolder folder;
  using train::OptimizerKind;
  for (const auto kind : {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adam_w, OptimizerKind::rms_prop}) {
    const train::TrainerOptions options{
        .optimizer = {.kind = kind}, .schedule = {.rate = 0.01, .length = 12, .warm_up = 2}, .average = 0.9, .accumulate = 2};
    const auto straight = net();
    train::Trainer all(straight, options);
    for (int i = 0; i < 12; ++i) step(all, straight);

    const auto path = folder / "half.pt";
    {
      const auto half = net();
      train::Trainer trainer(half, options);
      for (int i = 0; i < 5; ++i) step(trainer, half);
      trainer.best = 0.25;
      trainer.save(path);
      step(trainer, half);  // lost with the process
    }
    torch::manual_seed(99);
    const auto again = std::make_shared<Net>();
    train::Trainer trainer(again, options);
    trainer.resume(path);
    CHECK(trainer.steps() == 5);
    CHECK(trainer.best == 0.25);
    while (trainer.steps() < 12) step(trainer, again);
    CHECK(same(io::state_dict(*straight), io::state_dict(*again)));
    {
      const train::Trainer::Evaluation one(all);
      const train::Trainer::Evaluation two(trainer);
      CHECK_FALSE(again->is_training());
      CHECK(same(io::state_dict(*straight), io::state_dict(*again)));
    }
    CHECK(again->is_training());
  }
}

TEST_CASE("a checkpoint serves as weights, and other files are no checkpoints") {
  const ::TemporaryFolder folder;
  const auto network = net();
  train::Trainer trainer(network, {});
  step(trainer, network);
  io::Dict settings;
  settings.set("model", "Net");
  trainer.save(folder / "run.pt", settings);
  CHECK(same(io::state_dict(*network), io::read_state_dict(folder / "run.pt")));

  io::write_torch_file(folder / "weights.pt", io::state_dict(*network), {});
  CHECK_THROWS_WITH_AS(trainer.resume(folder / "weights.pt"), doctest::Contains("weights.pt: expected a checkpoint of a training run"),
                       Error);
  // Another optimiser's state is noticed, and so is a checkpoint of another version.
  train::Trainer other(net(), {.optimizer = {.kind = train::OptimizerKind::rms_prop}});
  CHECK_THROWS_WITH_AS(other.resume(folder / "run.pt"),
                       doctest::Contains("run.pt: expected the state of the optimiser rmsprop, got that of adam"), Error);
  io::Dict old;
  old.set("format", "scriba checkpoint");
  old.set("format_version", 1);
  io::write_torch_file(folder / "old.pt", io::state_dict(*network), old);
  CHECK_THROWS_WITH_AS(trainer.resume(folder / "old.pt"), doctest::Contains("old.pt: expected a checkpoint of version 2"), Error);
  CHECK_NOTHROW(train::Trainer(net(), {}).resume(folder / "run.pt"));
  train::Trainer averaged(net(), {.average = 0.9});
  CHECK_THROWS_AS(averaged.resume(folder / "run.pt"), Error);
}

TEST_CASE("a run goes on with another weight decay, other rates and frozen layers: each parameter keeps its state") {
  const ::TemporaryFolder folder;
  const auto states = [](const std::filesystem::path& path) {
    const auto file = io::read_torch_file(path);
    const auto* metadata = file.get<io::Dict>()->find("metadata")->get<io::Dict>();
    return *(*metadata->find("optimizers")->get<io::List>())[0].get<io::Dict>()->find("parameters")->get<io::Dict>();
  };
  const auto network = net();
  train::Trainer trainer(network, {});
  for (int i = 0; i < 3; ++i) step(trainer, network);
  trainer.save(folder / "before.pt");
  train::Trainer other(net(), {.optimizer = {.weight_decay = 0.1}, .rate_factors = {{"norm.", 0.1}, {"conv.weight", 0}}});
  other.resume(folder / "before.pt");
  other.save(folder / "after.pt");
  const auto before = states(folder / "before.pt"), after = states(folder / "after.pt");
  CHECK(before.size() == 6);
  CHECK(after.size() == 5);
  CHECK_FALSE(after.find("conv.weight"));
  for (const auto* name : {"conv.bias", "norm.weight", "norm.bias"}) {  // of one shape
    const auto of = [&](const io::Dict& all) { return *all.find(name)->get<io::Dict>()->find("exp_avg")->get<at::Tensor>(); };
    CHECK_MESSAGE(of(before).equal(of(after)), name);
  }
}

TEST_CASE("parts of a batch add up to the batch") {
  const auto run = [&](int parts) {
    const auto network = net();
    network->norm->eval();  // batch statistics would differ
    train::Trainer trainer(
        network,
        {.optimizer = {.kind = train::OptimizerKind::sgd}, .schedule = {.rate = 0.1}, .rate_factors = {{"norm.", 0}}, .accumulate = parts});
    const auto x = at::cat({batch(1), batch(2)});
    const auto result = trainer.step([&](int part) {
      const auto mine = x.chunk(parts)[static_cast<std::size_t>(part)];
      const auto error = (network->last->forward(network->norm->forward(network->conv->forward(mine)))).square().mean();
      return LossTerms{error, {}};
    });
    CHECK_FALSE(result.skipped);
    return std::pair(result.terms.front().second, network->conv->weight.detach().clone());
  };
  const auto [whole, weights] = run(1);
  const auto [parts, again] = run(2);
  CHECK(parts == doctest::Approx(whole));
  CHECK(golden::largest_difference(weights, again) < 1e-6);
}

TEST_CASE("frozen layers stay as they are, their statistics too") {
  const auto network = net();
  const auto before = io::state_dict(*network);
  train::Trainer trainer(network, {.schedule = {.rate = 0.1}, .rate_factors = {{"conv.", 0}, {"norm.", 0}}});
  for (int i = 0; i < 3; ++i) step(trainer, network);
  const auto after = io::state_dict(*network);
  for (const auto* name : {"conv.weight", "conv.bias", "norm.weight", "norm.running_mean", "norm.running_var"})
    CHECK_MESSAGE(torch::equal(before.at(name), after.at(name)), name);
  CHECK_FALSE(torch::equal(before.at("last.weight"), after.at("last.weight")));
}

TEST_CASE("gradients are clipped to the norm, and sparsity draws the scales of batch norms to zero") {
  const auto network = net();
  train::Trainer clipped(network, {.optimizer = {.kind = train::OptimizerKind::sgd, .momentum = 0},
                                   .schedule = {.kind = train::RateKind::constant, .rate = 1},
                                   .clip_norm = 0.5});
  const auto before = io::state_dict(*network);
  const auto result = step(clipped, network);
  REQUIRE(result.gradient_norm > 0.5);
  double moved = 0;
  for (const auto& item : network->named_parameters())
    moved += (item.value().detach() - before.at(item.key())).square().sum().item<double>();
  CHECK(std::sqrt(moved) == doctest::Approx(0.5).epsilon(1e-3));

  const auto sparse = net();
  train::Trainer trainer(sparse, {.optimizer = {.kind = train::OptimizerKind::sgd, .momentum = 0},
                                  .schedule = {.kind = train::RateKind::constant, .rate = 0.5},
                                  .clip_norm = 0,
                                  .norm_sparsity = 0.1});
  // A loss that does not depend on anything: the sparsity alone moves the scales, by 0.5 * 0.1.
  trainer.step([&](int) { return LossTerms{0 * sparse->forward(batch(0)).sum(), {}}; });
  CHECK(golden::largest_difference(sparse->norm->weight.detach(), at::full({4}, 0.95)) < 1e-6);
}

TEST_CASE("a loss that is no number changes nothing, and too many in a row end the run") {
  const auto network = net();
  train::Trainer trainer(network, {.schedule = {.rate = 0.1}, .average = 0.9});
  const auto before = io::state_dict(*network);
  const auto bad = [&](int) {
    auto terms = loss(*network, batch(0));
    terms.total = terms.total * std::numeric_limits<double>::quiet_NaN();
    return terms;
  };
  CHECK(trainer.step(bad).skipped);
  CHECK(trainer.steps() == 1);
  CHECK(torch::equal(before.at("last.weight"), network->last->weight));
  for (int i = 0; i < 18; ++i) trainer.step(bad);
  CHECK_THROWS_WITH_AS(trainer.step(bad), doctest::Contains("training diverged: step 20"), Error);
}

TEST_CASE("an input that is no number leaves nothing behind, in the batch norms and the average neither") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const auto network = net();
    train::Trainer trainer(network, {.schedule = {.rate = 0.01}, .average = 0.9, .accumulate = 2});
    step(trainer, network);
    const auto before = io::state_dict(*network);
    const auto kept = std::pair(network->norm->running_var.detach().clone(), network->norm->num_batches_tracked.detach().clone());
    const auto result = trainer.step([&](int part) { return loss(*network, part == 0 ? batch(5) : batch(6) * bad); });
    CHECK(result.skipped);
    CHECK(network->norm->running_var.equal(kept.first));
    CHECK(network->norm->num_batches_tracked.equal(kept.second));
    CHECK(same(before, io::state_dict(*network)));
    CHECK_FALSE(step(trainer, network).skipped);
    CHECK_FALSE(network->norm->running_var.equal(kept.first));  // good steps are seen
    const train::Trainer::Evaluation evaluation(trainer);
    for (const auto& [name, tensor] : io::state_dict(*network)) CHECK_MESSAGE(at::isfinite(tensor).all().item<bool>(), name);
  }
}

TEST_CASE("a second optimiser moves what is not in the network, at its own rate") {
  const auto network = net();
  auto centres = torch::zeros({1}, torch::requires_grad());
  train::Trainer trainer(network, {});
  trainer.add_optimizer({centres}, {.kind = train::OptimizerKind::sgd, .momentum = 0}, {.kind = train::RateKind::constant, .rate = 0.5});
  trainer.step([&](int) {
    auto terms = loss(*network, batch(0));
    terms.total = terms.total + (centres - 1).square().sum();
    return terms;
  });
  CHECK(centres.item<double>() == doctest::Approx(1));
}

TEST_CASE("a checkpoint holds what a second optimiser moves: going on is going on bit for bit") {
  const ::TemporaryFolder folder;
  struct Run {
    std::shared_ptr<Net> network = net();
    at::Tensor centres = torch::zeros({3}, torch::requires_grad());
    train::Trainer trainer{network, {.schedule = {.rate = 0.01, .length = 8}}};
    Run() { trainer.add_optimizer({centres}, {}, {.kind = train::RateKind::constant, .rate = 0.5}); }
    void steps_up_to(std::int64_t last) {
      while (trainer.steps() < last)
        trainer.step([&](int) {
          auto terms = loss(*network, batch(trainer.steps()));
          terms.total = terms.total + (centres - at::arange(3)).square().sum() * terms.total.detach();
          return terms;
        });
    }
  };
  Run straight, half, again;
  torch::manual_seed(8);
  straight.steps_up_to(8);
  torch::manual_seed(8);
  half.steps_up_to(5);
  half.trainer.save(folder / "half.pt");
  torch::manual_seed(99);
  again.trainer.resume(folder / "half.pt");
  CHECK(again.centres.equal(half.centres));
  CHECK(again.centres.requires_grad());
  again.steps_up_to(8);
  CHECK(again.centres.equal(straight.centres));
  CHECK_FALSE(again.centres.equal(half.centres));
  CHECK(same(io::state_dict(*straight.network), io::state_dict(*again.network)));

  train::Trainer other(net(), {});
  other.add_optimizer({torch::zeros({2}, torch::requires_grad())}, {}, {});
  CHECK_THROWS_WITH_AS(other.resume(folder / "half.pt"), doctest::Contains("parameters outside of the network, of their shapes"), Error);
}

TEST_CASE("channels last changes the order in memory and nothing else") {
  const auto network = net();
  network->eval();
  const auto x = batch(0);
  const torch::NoGradGuard no_gradients;
  const auto before = network->forward(x);
  train::to_channels_last(*network);
  CHECK(network->conv->weight.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(golden::largest_difference(network->forward(x.contiguous(at::MemoryFormat::ChannelsLast)), before) < 1e-5);
}

TEST_CASE("options that make no sense are refused") {
  CHECK_THROWS_AS(train::Trainer(net(), {.accumulate = 0}), Error);
  CHECK_THROWS_AS(train::Trainer(net(), {.rate_factors = {{"backbone.", 0}}}), Error);
}
