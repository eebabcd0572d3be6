#include <scriba/train/data_parallel.hpp>

#include <atomic>

#include <scriba/nn/batch_norm.hpp>
#include <scriba/train/batch_order.hpp>
#include <scriba/train/sync_norms.hpp>
#include <scriba/train/trainer.hpp>

#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "train/processes.hpp"

using namespace scriba;

namespace {

struct Net : torch::nn::Module {
  Net() {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 4, 3).padding(1)));
    norm = register_module("norm", torch::nn::BatchNorm2d(4));
    last = register_module("last", torch::nn::Conv2d(4, 1, 1));
    unused = register_module("unused", torch::nn::Conv2d(1, 1, 1));
  }
  at::Tensor forward(const at::Tensor& x) { return last->forward(at::relu(nn::normalized(*norm, conv->forward(x)))); }
  torch::nn::Conv2d conv{nullptr}, last{nullptr}, unused{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
};

// Six steps of two parts of a batch of four each, of which a process has its share.
constexpr int kSteps = 6, kAccumulate = 2, kBatch = 4;

std::shared_ptr<Net> learn(const train::ProcessGroup& group, std::size_t bucket_bytes, bool sync) {
  torch::manual_seed(3 + group.rank());  // not alike before they meet
  auto net = std::make_shared<Net>();
  train::to_channels_last(*net);
  train::Trainer trainer(net, {.optimizer = {.kind = train::OptimizerKind::sgd, .weight_decay = 1e-3},
                               .schedule = {.rate = 0.05, .length = kSteps},
                               .clip_norm = 0.5,
                               .accumulate = kAccumulate});
  train::DataParallel parallel(group, trainer, {.bucket_bytes = bucket_bytes});
  std::optional<train::SyncNorms> norms;
  if (sync) norms.emplace(group);
  const auto count = static_cast<std::size_t>(group.processes());
  train::BatchOrder order(
      {{30, 1}},
      {.batch_size = kBatch / group.processes(), .seed = 1, .process = static_cast<std::size_t>(group.rank()), .processes = count});
  for (int step = 0; step < kSteps; ++step) {
    trainer.step([&](int part) {
      std::vector<at::Tensor> samples;
      for (const auto& sample : order.batch(step * kAccumulate + part))
        samples.push_back(at::randn({2, 8, 8}, at::make_generator<at::CPUGeneratorImpl>(sample.pick.index)));
      const auto x = at::stack(samples).contiguous(at::MemoryFormat::ChannelsLast);
      const auto error = (net->forward(x) - x.sum(1, true)).square().mean();
      return LossTerms{error, {}};
    });
    // The unused layer, the last one, holds up all others once.
    if (parallel.buckets() > 1) CHECK(parallel.overlapped() == (step == 0 ? 0 : parallel.buckets() - 1));
  }
  return net;
}

double difference(const io::StateDict& one, const io::StateDict& other) {
  double out = 0;
  for (const auto& [name, tensor] : one) out = std::max(out, golden::largest_difference(tensor, other.at(name)));
  return out;
}

}  // namespace

// --- in processes of their own ---

TEST_CASE("process that learns its share" * doctest::skip()) {
  const char* folder = std::getenv("SCRIBA_TEST_FOLDER");
  if (!folder) return;
  const train::ProcessGroup group(train::process_place(), {.connect_timeout = std::chrono::seconds(60)});
  const auto net = learn(group, std::stoul(std::getenv("SCRIBA_TEST_BUCKET")), /*sync=*/true);
  io::write_torch_file(std::filesystem::path(folder) / (std::to_string(group.rank()) + ".pt"), io::state_dict(*net), {});
  group.barrier();
}

TEST_CASE("two processes end with the weights of one with the double batch") {
  const auto expected = io::state_dict(*learn({}, 1 << 20, /*sync=*/false));
  torch::manual_seed(3);
  CHECK(difference(io::state_dict(Net()), expected) > 0.01);  // it learnt
  for (const char* bucket : {"100", "1000000"}) {
    const TemporaryFolder folder;
    REQUIRE(processes::run("process that learns its share", 2, folder / "", {{"SCRIBA_TEST_BUCKET", bucket}}) == std::vector<int>{0, 0});
    const auto zero = io::read_state_dict(folder / "0.pt"), one = io::read_state_dict(folder / "1.pt");
    CHECK(difference(zero, one) == 0);  // bit for bit
    CHECK(difference(zero, expected) < 1e-5);
  }
}

// --- in threads ---

TEST_CASE("gradients are means; what only one process used counts as zero in the others, what nobody used has none") {
  std::atomic<int> right = 0;
  processes::in_threads(2, [&](const train::ProcessGroup& group) {
    Net net;
    train::DataParallel parallel(group, net, net.parameters(), {.bucket_bytes = 64});
    for (int step = 0; step < 2; ++step) {
      net.zero_grad();
      auto loss = net.last->weight.sum() * (group.rank() + 1.0);
      if (group.rank() == 1) loss = loss + net.conv->bias.sum() * 4;
      loss.backward();
      parallel.finish();
      right += net.last->weight.grad().equal(at::full({1, 4, 1, 1}, 1.5)) && net.conv->bias.grad().equal(at::full({4}, 2.0)) &&
               !net.unused->weight.grad().defined() && !net.conv->weight.grad().defined();
    }
  });
  CHECK(right == 4);
}

TEST_CASE("frozen parameters stay out; parameters of other places and types go along") {
  std::atomic<int> right = 0;
  processes::in_threads(2, [&](const train::ProcessGroup& group) {
    Net net;
    net.conv->weight.requires_grad_(false);
    const auto centers = at::full({3}, group.rank(), at::kDouble).requires_grad_();
    auto parameters = net.parameters();
    parameters.push_back(centers);
    train::DataParallel parallel(group, net, parameters);
    right += centers.equal(at::zeros(3, at::kDouble));
    (net.last->bias.sum() + (centers * (group.rank() + 1)).sum()).backward();
    parallel.finish();
    right += centers.grad().equal(at::full({3}, 1.5, at::kDouble)) && net.last->bias.grad().equal(at::ones(1)) &&
             !net.conv->weight.grad().defined() && parallel.buckets() >= 2;
  });
  CHECK(right == 4);
}

TEST_CASE("an input that is no number in one process leaves nothing behind in any, with common batch norms neither") {
  for (const bool sync : {false, true}) {
    std::atomic<int> right = 0;
    processes::in_threads(2, [&](const train::ProcessGroup& group) {
      auto net = std::make_shared<Net>();
      train::Trainer trainer(net, {.schedule = {.rate = 0.01}});
      const train::DataParallel parallel(group, trainer);
      std::optional<train::SyncNorms> norms;
      if (sync) norms.emplace(group);
      const auto step = [&](double factor) {
        const auto x = at::ones({2, 2, 8, 8}) * factor;
        return trainer.step([&](int) { return LossTerms{net->forward(x).square().mean(), {}}; });
      };
      step(1 + group.rank());
      const auto mean = net->norm->running_mean.detach().clone(), variance = net->norm->running_var.detach().clone();
      const auto weight = net->conv->weight.detach().clone();
      right += step(group.first() ? 1 : NAN).skipped && net->norm->running_mean.equal(mean) && net->norm->running_var.equal(variance) &&
               net->conv->weight.equal(weight);
    });
    CHECK(right == 2);
  }
}

TEST_CASE("numbers are averaged, and are no numbers when one is none") {
  std::atomic<int> right = 0;
  processes::in_threads(2, [&](const train::ProcessGroup& group) {
    Net net;
    const train::DataParallel parallel(group, net, net.parameters());
    std::vector<std::pair<std::string, double>> numbers{{"total", group.rank()}, {"one", group.first() ? NAN : 1.0}};
    parallel.average(numbers);
    right += numbers[0].second == 0.5 && std::isnan(numbers[1].second);
  });
  CHECK(right == 2);
}

TEST_CASE("when it goes, backward is as it was; alone it never was there") {
  processes::in_threads(2, [&](const train::ProcessGroup& group) {
    Net net;
    { const train::DataParallel parallel(group, net, net.parameters()); }
    net.last->bias.sum().backward();
    if (!net.last->bias.grad().equal(at::ones(1))) throw std::runtime_error("another gradient");
  });
  Net net;
  train::DataParallel parallel({}, net, net.parameters());
  CHECK(parallel.buckets() == 0);
  net.last->bias.sum().backward();
  parallel.finish();
  CHECK(net.last->bias.grad().equal(at::ones(1)));
}
