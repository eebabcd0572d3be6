#include <scriba/train/process_place.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace scriba;

namespace {

train::ProcessPlace place(const std::map<std::string, std::string>& variables) {
  return train::process_place([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string refused(const std::map<std::string, std::string>& variables) {
  try {
    place(variables);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a process that nobody launched in a group is alone") {
  CHECK(place({}).processes == 1);
  CHECK(place({{"WORLD_SIZE", "1"}, {"RANK", "0"}}).processes == 1);
  // An allocation of Slurm's, an MPI's wrapper: no reason to wait for others.
  CHECK(place({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "0"}}).processes == 1);
}

TEST_CASE("torchrun's variables") {
  const auto got = place({{"WORLD_SIZE", "6"},
                          {"RANK", "4"},
                          {"LOCAL_RANK", "1"},
                          {"LOCAL_WORLD_SIZE", "3"},
                          {"MASTER_ADDR", "host"},
                          {"MASTER_PORT", "1234"},
                          {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                          {"TORCHELASTIC_RESTART_COUNT", "2"}});
  CHECK(got.rank == 4);
  CHECK(got.processes == 6);
  CHECK(got.local_rank == 1);
  CHECK(got.local_processes == 3);
  CHECK(got.address == "host");
  CHECK(got.port == 1234);
  CHECK(got.launcher_has_store);
  CHECK(got.attempt == "2");
}

TEST_CASE("four variables are enough on one machine") {
  const auto got = place({{"WORLD_SIZE", "2"}, {"RANK", "1"}, {"MASTER_ADDR", "127.0.0.1"}});
  CHECK(got.local_rank == 1);
  CHECK(got.local_processes == 2);
  CHECK(got.port == 29500);
  CHECK_FALSE(got.launcher_has_store);
  CHECK(place({{"WORLD_SIZE", "2"}, {"RANK", "1"}, {"MASTER_ADDR", "elsewhere"}}).local_processes == 1);
}

TEST_CASE("srun, Open MPI and MPICH number what they start") {
  const auto slurm = place({{"MASTER_ADDR", "node1"},
                            {"SLURM_STEP_NUM_TASKS", "6"},
                            {"SLURM_PROCID", "5"},
                            {"SLURM_LOCALID", "1"},
                            {"SLURM_STEP_TASKS_PER_NODE", "2(x3)"}});
  CHECK(slurm.processes == 6);
  CHECK(slurm.rank == 5);
  CHECK(slurm.local_rank == 1);
  CHECK(slurm.local_processes == 2);
  const auto open_mpi = place({{"MASTER_ADDR", "node1"},
                               {"OMPI_COMM_WORLD_SIZE", "2"},
                               {"OMPI_COMM_WORLD_RANK", "1"},
                               {"OMPI_COMM_WORLD_LOCAL_RANK", "0"},
                               {"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}});
  CHECK(open_mpi.rank == 1);
  CHECK(open_mpi.local_rank == 0);
  CHECK(place({{"MASTER_ADDR", "node1"}, {"PMI_SIZE", "3"}, {"PMI_RANK", "2"}}).rank == 2);
}

TEST_CASE("what is missing or wrong is named") {
  CHECK(refused({{"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}) ==
        "cannot join the other processes: environment variable RANK: expected a number from 0 to 1, got no such variable");
  CHECK(refused({{"WORLD_SIZE", "2"}, {"RANK", "2"}, {"MASTER_ADDR", "a"}}).ends_with("expected a number from 0 to 1, got '2'"));
  CHECK(refused({{"WORLD_SIZE", "two"}}).find("WORLD_SIZE: expected a number from 1 to") != std::string::npos);
  CHECK(refused({{"WORLD_SIZE", "0"}}).ends_with("got '0'"));
  CHECK(refused({{"WORLD_SIZE", ""}}).ends_with("got ''"));
  CHECK(refused({{"WORLD_SIZE", "2"}, {"RANK", "0"}}).find("MASTER_ADDR: expected the host of process 0") != std::string::npos);
  CHECK(refused({{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "99999"}}).ends_with("got '99999'"));
  CHECK(refused({{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_ADDR", "a"}, {"LOCAL_RANK", "-1"}}).ends_with("got '-1'"));
}
