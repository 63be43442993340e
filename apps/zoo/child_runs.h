// Runs this program several times side by side.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace zoo {

struct ChildRun {
  std::string label;                   ///< "seed 2": stands before each of its lines
  std::vector<std::string> arguments;  ///< of the program, without its name
};

struct ChildEnd {
  bool begun = false;  ///< false: it was interrupted before its turn
  int code = 0;        ///< exit code, if no signal ended it
  int signal = 0;      ///< the signal that ended it, or 0
};

/// Runs the program of this process for each, at most `jobs` at a time, and returns when all have
/// ended; one that fails does not stop the others. What they print appears line by line on the same
/// streams of this process.
///
/// Once `interrupted()`, none is begun any more, and those that run get one SIGINT: a second signal
/// of a kind would end them before their state is saved. So they are in process groups of their
/// own, which Ctrl-C in a terminal does not reach, and whoever sends SIGTERM to all processes of a
/// service does no harm. If this process ends in whatever way, they get a SIGTERM.
std::vector<ChildEnd> run_side_by_side(const std::vector<ChildRun>& runs, size_t jobs);

}  // namespace zoo
