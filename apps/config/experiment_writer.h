// Writes an experiment in full, so that the file alone repeats the run.
#pragma once

#include <string>

#include "zoo/trainers/experiment.h"

namespace zoo {

/// The experiment as YAML with every option stated. `read_experiment` of this text gives the same
/// experiment (its name apart, which is not part of the text), and writing that the same text.
std::string write_experiment(const Experiment& experiment);

/// Identifies what is trained and measured: 16 hexadecimal digits, FNV-1a (64 bits) of the text of
/// `write_experiment` without its line `seed`, and without options that came later as long as they
/// have the value that does what was done before (`Field::is_as_before`). So seeds of one
/// experiment share the hash, and any other option, also one whose default changes, makes another.
std::string hash_experiment(const Experiment& experiment);

}  // namespace zoo
