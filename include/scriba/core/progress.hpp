#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

namespace scriba {

/// "1:02:03", "2:03" or "3 s".
inline std::string duration_text(double seconds) {
  const auto all = static_cast<long long>(seconds + 0.5);
  char text[40];
  if (all < 60)
    std::snprintf(text, sizeof text, "%lld s", all);
  else if (all < 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld", all / 60, all % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
  return text;
}

/// Done, total, rate and time left on one line of stderr; silent when that is not a terminal.
class Progress {
 public:
  /// `what` is counted: "images". `done` of the `total` were done before, by a run that was interrupted.
  Progress(std::size_t total, bool quiet, std::string what = "images", std::size_t done = 0)
      : total_(total), done_(done), before_(done), what_(std::move(what)), shown_(!quiet && total > 1 && isatty(STDERR_FILENO)) {}
  ~Progress() {
    if (drawn_) std::fputc('\n', stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more is done. `note` is shown behind: "loss 0.51".
  void step(const std::string& note = {}) {
    ++done_;
    const auto now = std::chrono::steady_clock::now();
    // Ten times a second is as often as anybody reads.
    if (!shown_ || (done_ < total_ && drawn_ && now - last_ < std::chrono::milliseconds(100))) return;
    last_ = now;
    drawn_ = true;
    const double rate = static_cast<double>(done_ - before_) / std::chrono::duration<double>(now - start_).count();
    const double left = total_ > done_ ? static_cast<double>(total_ - done_) / rate : 0;
    std::fprintf(stderr, "\r%zu/%zu %s, %.2f/s, %s left%s%s \033[K", done_, total_, what_.c_str(), rate, duration_text(left).c_str(),
                 note.empty() ? "" : ", ", note.c_str());
  }

 private:
  std::size_t total_, done_, before_;
  std::string what_;
  bool shown_, drawn_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now(), last_ = start_;
};

}  // namespace scriba
