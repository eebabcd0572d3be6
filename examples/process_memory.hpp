#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

/// A line of /proc/self/status in MB: VmRSS is the memory that the process has, VmHWM the most that it had. 0 where there is no such file.
inline double memory_mb(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
  return 0;
}
