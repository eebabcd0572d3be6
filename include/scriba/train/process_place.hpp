#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

#include <scriba/core/error.hpp>

namespace scriba::train {

/// Where this process stands among those that train together, and where they meet.
struct ProcessPlace {
  int rank = 0;                     ///< 0 .. processes - 1
  int processes = 1;                ///< of the whole run; 1: this one trains alone
  int local_rank = 0;               ///< among the processes of this machine: the number of its GPU
  int local_processes = 1;          ///< of this machine, as far as known: what shares its cores
  std::string address{};            ///< host of process 0
  std::uint16_t port = 29500;       ///< on that host
  bool launcher_has_store = false;  ///< torchrun opened the port itself; otherwise process 0 does
  std::string attempt = "0";        ///< torchrun starts all processes again when one fails: how often it did
};

/// Reads a variable of the environment; null when it is not set.
using GetVariable = std::function<const char*(const char* name)>;

namespace detail {

inline int whole_number(const GetVariable& get, const char* name, int lowest, int highest) {
  const char* text = get(name);
  char* end = nullptr;
  const long value = text ? std::strtol(text, &end, 10) : 0;
  if (!text || end == text || *end != '\0' || value < lowest || value > highest)
    throw Error({.what = "cannot join the other processes",
                 .where = std::string("environment variable ") + name,
                 .expected = "a number from " + std::to_string(lowest) + " to " + std::to_string(highest),
                 .got = text ? "'" + std::string(text) + "'" : "no such variable"});
  return static_cast<int>(value);
}

}  // namespace detail

/// The place of this process by its environment, as torchrun sets it: WORLD_SIZE, RANK, MASTER_ADDR and, where they are set, MASTER_PORT,
/// LOCAL_RANK, LOCAL_WORLD_SIZE. When MASTER_ADDR is set without WORLD_SIZE, the numbers that srun, Open MPI or MPICH give to what they
/// start serve. Without any of these, or with WORLD_SIZE=1: one process. Throws Error for what is missing or makes no sense.
inline ProcessPlace process_place(const GetVariable& get = [](const char* name) -> const char* { return std::getenv(name); }) {
  struct Names {
    const char *processes, *rank, *local_processes, *local_rank;
  };
  static constexpr std::array<Names, 4> launchers{
      {{"WORLD_SIZE", "RANK", "LOCAL_WORLD_SIZE", "LOCAL_RANK"},
       {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_STEP_TASKS_PER_NODE", "SLURM_LOCALID"},
       {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
       {"PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"}}};
  constexpr int most = 1 << 20;
  ProcessPlace place;
  const Names* names = nullptr;
  for (const auto& one : launchers)
    if (!names && get(one.processes) && (&one == launchers.data() || get("MASTER_ADDR"))) names = &one;
  if (!names) return place;
  place.processes = detail::whole_number(get, names->processes, 1, most);
  if (place.processes == 1) return place;
  place.rank = detail::whole_number(get, names->rank, 0, place.processes - 1);
  const char* address = get("MASTER_ADDR");
  if (!address || *address == '\0')
    throw Error({.what = "cannot join the other processes",
                 .where = "environment variable MASTER_ADDR",
                 .expected = "the host of process 0; 127.0.0.1 when all are on one machine",
                 .got = "no such variable"});
  place.address = address;
  if (get("MASTER_PORT")) place.port = static_cast<std::uint16_t>(detail::whole_number(get, "MASTER_PORT", 1, 65535));
  const bool one_machine = place.address == "127.0.0.1" || place.address == "localhost" || place.address == "::1";
  // Slurm writes "2(x3)" for three machines of two processes each: what comes first is near enough for a share of the cores.
  const char* local = get(names->local_processes);
  place.local_processes = local ? std::max(1, std::atoi(local)) : one_machine ? place.processes : 1;
  place.local_rank = get(names->local_rank) ? detail::whole_number(get, names->local_rank, 0, most) : one_machine ? place.rank : 0;
  const char* agent = get("TORCHELASTIC_USE_AGENT_STORE");
  place.launcher_has_store = agent && std::string(agent) == "True";
  if (const char* attempt = get("TORCHELASTIC_RESTART_COUNT")) place.attempt = attempt;
  return place;
}

}  // namespace scriba::train
