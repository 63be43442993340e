#include "zoo/apps/zoo/interrupt.h"

#include <csignal>

namespace zoo {
namespace {

std::atomic<bool> flag = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

extern "C" void on_interrupt(int signal) {
  flag = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  // The terminal is gone, which `nohup` has told the process to bear.
  if (std::signal(SIGHUP, on_interrupt) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

void make_file_limits_errors() { std::signal(SIGXFSZ, SIG_IGN); }

const std::atomic<bool>& interrupted() { return flag; }

}  // namespace zoo
