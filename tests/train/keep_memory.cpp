#include <scriba/train/keep_memory.hpp>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace scriba;

namespace {

// Pages that the system has to provide when 64 MB are used and freed, for the second time.
long faults_of_using_memory_again() {
  constexpr std::size_t size = std::size_t{64} << 20;
  const auto use = [] {
    const std::unique_ptr<void, decltype(&std::free)> memory(std::malloc(size), std::free);
    REQUIRE(memory);
    std::memset(memory.get(), 1, size);
    return static_cast<const unsigned char*>(memory.get())[size / 2];
  };
  rusage before{}, after{};
  CHECK(use() == 1);
  getrusage(RUSAGE_SELF, &before);
  CHECK(use() == 1);
  getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

}  // namespace

TEST_CASE("memory that was freed is used again without the system") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("skipped: all of this file (sanitizers have their own allocator)");
#else
  if (!train::keep_freed_memory()) {
    MESSAGE("skipped: all of this file (another C library)");
    return;
  }
  CHECK(faults_of_using_memory_again() < 1000);  // 64 MB are 16,384 pages of 4 kB
#endif
}
