#pragma once

#include <csignal>

namespace scriba::train {

/// As long as one lives, Ctrl-C and SIGTERM are noted instead of ending the program, so that a run can write its checkpoint first. The
/// second one ends it. One at a time.
class Interrupt {
 public:
  Interrupt() : old_int_(std::signal(SIGINT, note)), old_term_(std::signal(SIGTERM, note)) { seen_ = 0; }
  ~Interrupt() {
    std::signal(SIGINT, old_int_);
    std::signal(SIGTERM, old_term_);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool seen() const { return seen_ != 0; }

 private:
  using Handler = void (*)(int);

  static void note(int signal) {
    seen_ = 1;
    std::signal(signal, SIG_DFL);
  }

  static inline volatile std::sig_atomic_t seen_ = 0;
  Handler old_int_, old_term_;
};

}  // namespace scriba::train
