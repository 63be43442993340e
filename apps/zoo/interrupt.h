// Ctrl-C, `kill` and a lost terminal: the training saves its state and stops.
#pragma once

#include <atomic>

namespace zoo {

/// From now on the first SIGINT, SIGTERM or SIGHUP (unless that was ignored) sets the flag; a
/// second one of a kind ends the process at once. For commands that look at the flag: elsewhere the
/// first one should end the process.
void catch_interrupts();

/// A file that grows over a limit becomes an error like any other instead of a signal.
void make_file_limits_errors();

const std::atomic<bool>& interrupted();

}  // namespace zoo
