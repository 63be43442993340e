// Ctrl-C and `kill`: the training saves its state and stops.
#pragma once

#include <atomic>

namespace zoo {

/// From now on the first SIGINT or SIGTERM sets the flag; a second one ends the process at once.
/// A file that grows over a limit becomes an error instead of a signal.
void catch_interrupts();

const std::atomic<bool>& interrupted();

}  // namespace zoo
