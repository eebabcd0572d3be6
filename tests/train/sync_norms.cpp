#include <scriba/train/sync_norms.hpp>

#include <mutex>

#include "support/tensors.hpp"
#include "train/processes.hpp"

using namespace scriba;

namespace {

// A norm's result for x, and the gradients of sum(y * factor).
struct Result {
  at::Tensor y, of_x, of_weight, of_bias, running_mean, running_var;
};

torch::nn::BatchNorm2d norm(std::int64_t channels, at::ScalarType type) {
  torch::nn::BatchNorm2d bn(channels);
  golden::randomize(*bn, 5);
  bn->to(type);
  return bn;
}

Result through(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x, const at::Tensor& factor) {
  const auto leaf = x.detach().clone().requires_grad_();
  const auto y = nn::normalized(bn, leaf);
  (y * factor).sum().backward();
  return {y.detach(), leaf.grad(), bn.weight.grad(), bn.bias.grad(), bn.running_mean, bn.running_var};
}

struct Shares {
  Result whole;
  std::vector<Result> parts;
};

// x as one batch in one process, and split into batches of `sizes` in as many processes.
Shares shared(const std::vector<std::int64_t>& sizes, const at::Tensor& x, const at::Tensor& factor, at::ScalarType type) {
  auto one = norm(x.size(1), type);
  Shares out{through(*one, x, factor), std::vector<Result>(sizes.size())};
  const auto xs = x.split_with_sizes(sizes), factors = factor.split_with_sizes(sizes);
  std::mutex mutex;  // randomize() sets the seed of all threads
  processes::in_threads(static_cast<int>(sizes.size()), [&](const train::ProcessGroup& group) {
    auto bn = [&] {
      const std::scoped_lock lock(mutex);
      return norm(x.size(1), type);
    }();
    const auto rank = static_cast<std::size_t>(group.rank());
    train::SyncNorms sync(group);
    out.parts[rank] = through(*bn, xs[rank], factors[rank]);
  });
  return out;
}

void check(const Shares& shares, double tolerance) {
  std::vector<at::Tensor> y, of_x;
  auto of_weight = at::zeros_like(shares.whole.of_weight), of_bias = of_weight.clone();
  for (const auto& part : shares.parts) {
    y.push_back(part.y);
    of_x.push_back(part.of_x);
    of_weight += part.of_weight;
    of_bias += part.of_bias;
    CHECK(golden::largest_difference(part.running_mean, shares.whole.running_mean) < tolerance);
    CHECK(golden::largest_difference(part.running_var, shares.whole.running_var) < tolerance);
  }
  CHECK(golden::largest_difference(at::cat(y), shares.whole.y) < tolerance);
  CHECK(golden::largest_difference(at::cat(of_x), shares.whole.of_x) < tolerance);
  CHECK(golden::largest_difference(of_weight, shares.whole.of_weight) < tolerance * 20);
  CHECK(golden::largest_difference(of_bias, shares.whole.of_bias) < tolerance * 20);
}

}  // namespace

TEST_CASE("norms of several processes give what one does with all of the batch") {
  torch::manual_seed(1);
  const auto x = at::randn({4, 6, 5, 7}, at::kDouble) * 3 + 2, factor = at::randn({4, 6, 5, 7}, at::kDouble);
  check(shared({2, 2}, x, factor, at::kDouble), 1e-12);
  check(shared({1, 3}, x, factor, at::kDouble), 1e-12);  // not as many each
  check(shared({1, 2, 1}, x, factor, at::kDouble), 1e-12);
  const auto plain = x.to(at::kFloat), last = plain.contiguous(at::MemoryFormat::ChannelsLast);
  check(shared({2, 2}, plain, factor.to(at::kFloat), at::kFloat), 2e-5);
  check(shared({2, 2}, last, factor.to(at::kFloat), at::kFloat), 2e-5);
}

TEST_CASE("one value a channel and process is enough") {
  torch::manual_seed(2);
  check(shared({1, 1}, at::randn({2, 5, 1, 1}, at::kDouble), at::randn({2, 5, 1, 1}, at::kDouble), at::kDouble), 1e-12);
}

TEST_CASE("a large mean costs no precision") {
  torch::manual_seed(3);
  const auto x = at::randn({4, 3, 6, 6}) + 1000, factor = at::randn({4, 3, 6, 6});
  const auto shares = shared({2, 2}, x, factor, at::kFloat);
  CHECK(golden::largest_difference(at::cat({shares.parts[0].y, shares.parts[1].y}), shares.whole.y) < 2e-3);  // x has steps of 6e-5
}

TEST_CASE("bfloat16 between norms in float") {
  torch::manual_seed(4);
  const auto x = at::randn({4, 6, 5, 7}).to(at::kBFloat16), factor = at::randn({4, 6, 5, 7}).to(at::kBFloat16);
  const auto shares = shared({2, 2}, x, factor, at::kFloat);
  CHECK((shares.parts[0].y.scalar_type() == at::kBFloat16));
  CHECK((shares.parts[0].of_x.scalar_type() == at::kBFloat16));
  check(shares, 0.05);
}

TEST_CASE("evaluation and a process alone are as ever") {
  torch::manual_seed(5);
  const auto x = at::randn({2, 3, 4, 4}, at::kDouble), factor = at::randn({2, 3, 4, 4}, at::kDouble);
  auto plain = norm(3, at::kDouble), synced = norm(3, at::kDouble);
  const auto expected = through(*plain, x, factor);
  {
    train::SyncNorms sync{train::ProcessGroup()};
    const auto got = through(*synced, x, factor);
    CHECK(golden::largest_difference(got.y, expected.y) < 1e-12);
    CHECK(golden::largest_difference(got.of_x, expected.of_x) < 1e-12);
    CHECK(golden::largest_difference(got.running_var, expected.running_var) < 1e-12);
    const auto single = at::randn({1, 3, 1, 1}, at::kDouble);
    CHECK(golden::largest_difference(nn::normalized(*synced, single), nn::normalized(*plain, single)) < 1e-12);
    synced->eval(), plain->eval();
    CHECK(nn::normalized(*synced, x).equal(synced->forward(x)));
  }
  synced->train();
  const auto before = synced->num_batches_tracked.item<std::int64_t>();
  nn::normalized(*synced, x);
  CHECK(synced->num_batches_tracked.item<std::int64_t>() == before + 1);
  CHECK(nn::NormReplacement::current() == nullptr);
}
