#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>

namespace scriba::data {

struct LoaderOptions {
  int threads = 2;        ///< that make items; 0: next() makes them itself
  std::size_t ahead = 4;  ///< items that are made before they are asked for, those being made included; at least 1
};

/// Makes items on other threads before they are needed, and hands them out in order: item `begin`, `begin` + 1, ... `end` - 1.
///
/// What an item is depends on its number alone, so the same items come whatever the number of threads, and a training run that goes on at
/// item n sees what it would have seen. An exception of `make` is thrown by next() where the item would have come. The destructor waits
/// for the items being made, and drops the rest.
template <class Item>
class Loader {
 public:
  /// `make(i)` is called from several threads at once, once for every i. Throws Error for options out of range.
  Loader(std::function<Item(std::int64_t)> make, std::int64_t begin, std::int64_t end, LoaderOptions options = {})
      : make_(std::move(make)), end_(end), ahead_(static_cast<std::int64_t>(options.ahead)), wanted_(begin), started_(begin) {
    if (options.threads < 0 || options.threads > 256 || options.ahead < 1)
      throw Error({"cannot start a loader", "options", "0 to 256 threads, one item ahead or more",
                   std::to_string(options.threads) + " threads, " + std::to_string(options.ahead) + " ahead"});
    for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }

  /// The next item, in order; nothing after the last.
  std::optional<Item> next() {
    if (wanted_ >= end_) return {};
    if (threads_.empty()) return make_(wanted_++);
    std::unique_lock lock(mutex_);
    made_one_.wait(lock, [this] { return made_.contains(wanted_); });
    Made made = std::move(made_.extract(wanted_).mapped());
    ++wanted_;
    room_.notify_all();
    lock.unlock();
    if (made.failure) std::rethrow_exception(made.failure);
    return std::move(made.item);
  }

 private:
  struct Made {
    std::optional<Item> item;
    std::exception_ptr failure;
  };

  void work(const std::stop_token& stop) {
    for (;;) {
      std::int64_t number;
      {
        std::unique_lock lock(mutex_);
        if (!room_.wait(lock, stop, [this] { return started_ < wanted_ + ahead_; }) || started_ >= end_) return;
        number = started_++;
      }
      Made made;
      try {
        made.item.emplace(make_(number));
      } catch (...) {
        made.failure = std::current_exception();
      }
      const std::scoped_lock lock(mutex_);
      made_.emplace(number, std::move(made));
      made_one_.notify_all();
    }
  }

  std::function<Item(std::int64_t)> make_;
  std::int64_t end_, ahead_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any room_;
  std::condition_variable made_one_;
  std::int64_t wanted_, started_;
  std::map<std::int64_t, Made> made_;
  std::vector<std::jthread> threads_;  // last: they end first
};

}  // namespace scriba::data
