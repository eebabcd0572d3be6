#include <scriba/train/process_group.hpp>

#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef SCRIBA_HAS_NCCL
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <ATen/ops/full.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace scriba::train {

namespace {

using Store = c10::intrusive_ptr<c10d::Store>;
using Backend = c10::intrusive_ptr<c10d::Backend>;

std::string reason(const std::exception& failed) {
  const auto* torch = dynamic_cast<const c10::Error*>(&failed);
  const std::string text = torch ? torch->what_without_backtrace() : failed.what();
  return text.substr(0, text.find('\n'));
}

std::string to_text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }
std::vector<std::uint8_t> to_bytes(const std::string& text) { return {text.begin(), text.end()}; }

// Where processes leave notes for each other.
Store open_store(const ProcessPlace& place, std::chrono::milliseconds timeout) {
  const bool server = place.rank == 0 && !place.launcher_has_store;
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = server;
  options.waitWorkers = false;  // join() waits, and says who is missing
  options.timeout = timeout;
  try {
    return c10::make_intrusive<c10d::PrefixStore>("scriba/" + place.attempt, c10::make_intrusive<c10d::TCPStore>(place.address, options));
  } catch (const std::exception& failed) {
    throw Error({.what = server ? "cannot open the port where processes meet" : "cannot reach process 0",
                 .where = place.address + ":" + std::to_string(place.port),
                 .got = reason(failed)});
  }
}

// Returns once all have come, all with the same idea of how many they are.
void join(c10d::Store& store, const ProcessPlace& place, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto all = std::to_string(place.processes);
  const auto key = [](int rank) { return "came/" + std::to_string(rank); };
  const auto refuse = [&](const std::string& where, const std::string& expected, const std::string& got) {
    const Error error({.what = "the processes do not fit together", .where = where, .expected = expected, .got = got});
    store.set("refused", to_bytes(error.what()));
    throw error;
  };
  // The first to come writes down how many there are.
  const auto known = to_text(store.compareSet("processes", {}, to_bytes(all)));
  if (known != all) refuse("WORLD_SIZE of process " + std::to_string(place.rank), known + ", as another has it", all);
  if (store.add("count/" + std::to_string(place.rank), 1) > 1) refuse("RANK", "one process " + std::to_string(place.rank), "another one");
  store.set(key(place.rank), to_bytes("1"));
  for (int next = 0; next < place.processes;) {
    if (store.check({"refused"})) throw Error({.what = to_text(store.get("refused"))});
    if (store.check({key(next)})) {
      ++next;
    } else if (std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    } else {
      std::string missing;
      for (int rank = next; rank < place.processes; ++rank)
        if (!store.check({key(rank)})) missing += (missing.empty() ? "" : ", ") + std::to_string(rank);
      throw Error({.what = "not every process came",
                   .where = "within " + std::to_string(timeout.count() / 1000) + " s",
                   .expected = all,
                   .got = "none of RANK " + missing});
    }
  }
}

Backend make_gloo(const Store& store, const ProcessPlace& place, std::chrono::milliseconds timeout) {
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface                      ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                             : place.address == "127.0.0.1" ? c10d::ProcessGroupGloo::createDeviceForHostname(place.address)
                                                            : c10d::ProcessGroupGloo::createDefaultDevice());
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, place.rank, place.processes, std::move(options));
}

#ifdef SCRIBA_HAS_NCCL
Backend make_nccl(const Store& store, const ProcessPlace& place, std::chrono::milliseconds timeout) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place.rank, place.processes, std::move(options));
}
#else
Backend make_nccl(const Store&, const ProcessPlace&, std::chrono::milliseconds) {
  throw Error({.what = "cannot join GPUs of several processes", .expected = "a build with SCRIBA_CUDA=ON", .got = "one without NCCL"});
}
#endif

}  // namespace

struct ProcessGroup::Connections {
  ProcessGroupOptions options;
  Store store;
  Backend gloo, nccl;
  mutable std::atomic<int> duplicates = 0;

  Connections(Store s, const ProcessPlace& place, const ProcessGroupOptions& o) : options(o), store(std::move(s)) {
    try {
      gloo = make_gloo(c10::make_intrusive<c10d::PrefixStore>("gloo", store), place, options.timeout);
      if (options.cuda) nccl = make_nccl(c10::make_intrusive<c10d::PrefixStore>("nccl", store), place, options.timeout);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& failed) {
      throw Error({.what = "cannot connect the processes", .where = "process " + std::to_string(place.rank), .got = reason(failed)});
    }
  }

  c10d::Backend& of(const at::Tensor& tensor) const {
    if (tensor.is_cpu()) return *gloo;
    if (!nccl)
      throw Error({.what = "cannot send a tensor to other processes", .expected = "a group with option cuda", .got = "one without"});
    return *nccl;
  }
};

namespace {

// Whatever c10d throws means that a process is gone or late.
template <class Act>
auto or_lost(int rank, const char* operation, const Act& act) {
  try {
    return act();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failed) {
    throw Error({.what = "another process ended or does not answer",
                 .where = std::string(operation) + " of process " + std::to_string(rank),
                 .got = reason(failed)});
  }
}

}  // namespace

ProcessGroup::ProcessGroup(const ProcessPlace& place, const ProcessGroupOptions& options) : place_(place) {
  if (place.processes == 1) return;
  const auto store = open_store(place, options.connect_timeout);
  try {
    or_lost(place.rank, "meeting", [&] { join(*store, place, options.connect_timeout); });
  } catch (const Error&) {
    if (place.rank == 0) std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the store goes with it: let the others read why
    throw;
  }
  connections_ = std::make_shared<Connections>(store, place, options);
}

ProcessGroup ProcessGroup::duplicate() const {
  auto out = *this;
  if (!alone())
    out.connections_ = std::make_shared<Connections>(
        c10::make_intrusive<c10d::PrefixStore>("duplicate/" + std::to_string(connections_->duplicates++), connections_->store), place_,
        connections_->options);
  return out;
}

ProcessGroup::Pending ProcessGroup::start_all_reduce(at::Tensor tensor) const {
  Pending out;
  if (alone()) return out;
  std::vector<at::Tensor> tensors{std::move(tensor)};
  auto work = or_lost(place_.rank, "sum", [&] { return connections_->of(tensors[0]).allreduce(tensors); });
  out.wait_ = [work, rank = place_.rank, connections = connections_] { or_lost(rank, "sum", [&] { return work->wait(); }); };
  return out;
}

void ProcessGroup::broadcast(at::Tensor tensor) const {
  if (alone()) return;
  std::vector<at::Tensor> tensors{std::move(tensor)};
  or_lost(place_.rank, "broadcast", [&] { return connections_->of(tensors[0]).broadcast(tensors)->wait(); });
}

void ProcessGroup::barrier() const {
  if (!alone()) or_lost(place_.rank, "barrier", [&] { return connections_->gloo->barrier()->wait(); });
}

bool ProcessGroup::any(bool here) const {
  const auto sum = at::full({1}, here ? 1 : 0, at::kInt);
  all_reduce(sum);
  return sum.item<int>() > 0;
}

}  // namespace scriba::train
