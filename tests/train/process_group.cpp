#include <scriba/train/process_group.hpp>

#include <atomic>
#include <csignal>

#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "train/processes.hpp"

using namespace scriba;
using namespace std::chrono_literals;

namespace {

std::string refused(const train::ProcessPlace& place, const train::ProcessGroupOptions& options) {
  try {
    const train::ProcessGroup group(place, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("alone, every operation does nothing") {
  const train::ProcessGroup group;
  CHECK(group.alone());
  CHECK(group.first());
  const auto x = at::ones(3);
  group.all_reduce(x);
  group.broadcast(x);
  group.barrier();
  CHECK(x.equal(at::ones(3)));
  CHECK(group.any(true));
  CHECK_FALSE(group.any(false));
  CHECK(group.duplicate().alone());
}

TEST_CASE("three members add up, take over from the first and agree") {
  std::atomic<int> right = 0;
  processes::in_threads(3, [&](const train::ProcessGroup& group) {
    const auto x = at::full({4}, group.rank() + 1.0), y = at::full({2, 2}, group.rank() + 5, at::kLong);
    auto first = group.start_all_reduce(x);
    group.all_reduce(y);
    first.wait();
    first.wait();  // does nothing
    right += x.equal(at::full({4}, 6.0)) && y.equal(at::full({2, 2}, 18, at::kLong));
    const auto z = at::full({5}, group.rank() + 7.0, at::kDouble);
    group.broadcast(z);
    right += z.equal(at::full({5}, 7.0, at::kDouble));
    right += group.any(group.rank() == 1) && !group.any(false);
    right += group.first() == (group.rank() == 0);
  });
  CHECK(right == 12);
}

TEST_CASE("operations of a duplicate may come in another order") {
  std::atomic<int> right = 0;
  processes::in_threads(2, [&](const train::ProcessGroup& group) {
    const auto other = group.duplicate(), third = other.duplicate();
    const auto x = at::ones(3), y = at::full({7}, 2.0), z = at::full({1}, 3.0);
    const auto start = [&](const train::ProcessGroup& one, const at::Tensor& tensor) { return one.start_all_reduce(tensor); };
    std::vector<train::ProcessGroup::Pending> all;
    if (group.first())
      all = {start(group, x), start(other, y), start(third, z)};
    else
      all = {start(third, z), start(other, y), start(group, x)};
    for (auto& one : all) one.wait();
    right += x.equal(at::full({3}, 2.0)) && y.equal(at::full({7}, 4.0)) && z.equal(at::full({1}, 6.0));
  });
  CHECK(right == 2);
}

TEST_CASE("a store that the launcher opened is used, one start after the other") {
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  const c10d::TCPStore store("127.0.0.1", options);
  for (const char* attempt : {"0", "1"}) {
    std::atomic<int> sum = 0;
    std::vector<std::thread> threads;
    for (int rank = 0; rank < 2; ++rank)
      threads.emplace_back([&, rank] {
        auto place = processes::place(rank, 2, store.getPort());
        place.launcher_has_store = true;
        place.attempt = attempt;
        const train::ProcessGroup group(place, {.connect_timeout = 60s});
        const auto x = at::ones(1, at::kLong);
        group.all_reduce(x);
        sum += static_cast<int>(x.item<std::int64_t>());
        group.barrier();
      });
    for (auto& thread : threads) thread.join();
    CHECK(sum == 4);
  }
}

TEST_CASE("processes that do not come are named") {
  const auto text = refused(processes::place(0, 3, processes::free_port()), {.connect_timeout = 300ms});
  CHECK(text.starts_with("not every process came"));
  CHECK(text.ends_with("expected 3, got none of RANK 1, 2"));
}

TEST_CASE("no process 0 there") {
  const auto port = processes::free_port();
  CHECK(refused(processes::place(1, 2, port), {.connect_timeout = 1s})
            .starts_with("cannot reach process 0: 127.0.0.1:" + std::to_string(port)));
}

TEST_CASE("a port that is in use") {
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  const c10d::TCPStore store("127.0.0.1", options);
  CHECK(refused(processes::place(0, 2, store.getPort()), {.connect_timeout = 1s}).starts_with("cannot open the port where processes meet"));
}

TEST_CASE("processes that were started differently are refused, all of them") {
  const auto both = [](const train::ProcessPlace& one, const train::ProcessPlace& other) {
    std::array<std::string, 2> texts;
    std::thread thread([&] { texts[0] = refused(one, {.connect_timeout = 30s}); });
    texts[1] = refused(other, {.connect_timeout = 30s});
    thread.join();
    return texts;
  };
  auto port = processes::free_port();
  for (const auto& text : both(processes::place(0, 2, port), processes::place(1, 3, port)))
    CHECK(text.starts_with("the processes do not fit together: WORLD_SIZE of process"));
  // Of two that say they are process 1, the second is told; those that came wait for one more.
  port = processes::free_port();
  std::thread zero([&] {
    CHECK(refused(processes::place(0, 3, port), {.connect_timeout = 30s}).find("RANK: expected one process 1") != std::string::npos);
  });
  for (const auto& text : both(processes::place(1, 3, port), processes::place(1, 3, port)))
    CHECK(text.find("RANK: expected one process 1, got another one") != std::string::npos);
  zero.join();
}

TEST_CASE("GPUs that are not there, or not built for, are refused") {
  if (torch::cuda::is_available()) return;
  const auto port = processes::free_port();
  const train::ProcessGroupOptions options{.connect_timeout = 30s, .cuda = true};
  std::string one;
  std::thread thread([&] { one = refused(processes::place(1, 2, port), options); });
  CHECK(refused(processes::place(0, 2, port), options).starts_with("cannot "));
  thread.join();
  CHECK(one.starts_with("cannot "));
}

// --- in processes of their own ---

TEST_CASE("process that outlives another" * doctest::skip()) {
  if (!std::getenv("SCRIBA_TEST_FOLDER")) return;
  const train::ProcessGroup group(train::process_place(), {.connect_timeout = 60s, .timeout = 60s});
  const auto x = at::ones(3);
  group.all_reduce(x);
  CHECK(x.equal(at::full({3}, 2.0)));
  if (group.rank() == 1) std::raise(SIGKILL);
  std::string text;
  try {
    group.all_reduce(x);
  } catch (const Error& error) {
    text = error.what();
  }
  CHECK(text.starts_with("another process ended or does not answer: sum of process 0"));
}

TEST_CASE("when a process is killed the others throw") {
  const TemporaryFolder folder;
  const auto start = std::chrono::steady_clock::now();
  CHECK(processes::run("process that outlives another", 2, folder / "") == std::vector<int>{0, -1});
  CHECK(std::chrono::steady_clock::now() - start < 50s);
}
