#pragma once
// Groups for tests: threads of this process, or further processes of this program.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <scriba/train/process_group.hpp>

namespace processes {

/// A port that nobody listens on.
inline std::uint16_t free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port");
  close(listener);
  return ntohs(address.sin_port);
}

inline scriba::train::ProcessPlace place(int rank, int count, std::uint16_t port) {
  return {.rank = rank, .processes = count, .address = "127.0.0.1", .port = port};
}

/// act(group) in a thread for each member of a group of `count`; what it throws is thrown on.
template <class Act>
void in_threads(int count, const Act& act) {
  const auto port = free_port();
  std::vector<std::exception_ptr> failed(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; ++rank)
    threads.emplace_back([&, rank] {
      try {
        const scriba::train::ProcessGroup group(place(rank, count, port),
                                                {.connect_timeout = std::chrono::seconds(60), .timeout = std::chrono::seconds(60)});
        act(group);
        group.barrier();
      } catch (...) {
        failed[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& one : failed)
    if (one) std::rethrow_exception(one);
}

/// Runs this program's test case `name`, which is skipped otherwise, in `count` processes with the environment of a group and `variables`.
/// Gives their exit statuses; -1 for one that a signal ended. What they print is in `folder`, in 0.txt and so on.
inline std::vector<int> run(const std::string& name, int count, const std::filesystem::path& folder,
                            std::map<std::string, std::string> variables = {}) {
  variables.insert({{"WORLD_SIZE", std::to_string(count)},
                    {"MASTER_ADDR", "127.0.0.1"},
                    {"MASTER_PORT", std::to_string(free_port())},
                    {"SCRIBA_TEST_FOLDER", folder.string()},
                    {"OMP_NUM_THREADS", "1"}});
  std::vector<std::string> inherited;
  for (char** one = environ; *one; ++one) {
    const std::string text = *one;
    if (!variables.contains(text.substr(0, text.find('='))) && !text.starts_with("RANK=")) inherited.push_back(text);
  }
  for (const auto& [key, value] : variables) inherited.push_back(key + "=" + value);
  std::vector<pid_t> started;
  for (int rank = 0; rank < count; ++rank) {
    auto environment = inherited;
    environment.push_back("RANK=" + std::to_string(rank));
    std::vector<std::string> arguments{"/proc/self/exe", "--no-skip", "--test-case=" + name};
    const auto pointers = [](std::vector<std::string>& texts) {
      std::vector<char*> out;
      for (auto& text : texts) out.push_back(text.data());
      out.push_back(nullptr);
      return out;
    };
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const auto output = folder / (std::to_string(rank) + ".txt");
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t process = 0;
    const int failed = posix_spawn(&process, "/proc/self/exe", &actions, nullptr, pointers(arguments).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("cannot start a process");
    started.push_back(process);
  }
  std::vector<int> statuses;
  for (const pid_t process : started) {
    int status = 0;
    waitpid(process, &status, 0);
    statuses.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
  return statuses;
}

}  // namespace processes
