// Reads the parts of an experiment that say what is measured: `evaluate` and `expect`.
#pragma once

#include <string>
#include <vector>

#include "zoo/apps/config/node.h"
#include "zoo/trainers/catalogue.h"
#include "zoo/trainers/experiment.h"

namespace zoo {

/// "the batches of copy are transduction batches, but pointing needs pointing; …", if so.
void check_batches(const Origin& origin, const DatasetEntry& dataset, const TaskEntry& task,
                   const Catalogue& catalogue, ProblemList& problems);

/// Further evaluations. `dataset` is the experiment's own, from which one of the same name takes
/// the options that it does not give; `task` is a null pointer if it could not be read.
std::vector<Evaluation> read_evaluations(const ConfigNode& node, const Component& dataset,
                                         const TaskEntry* task, const Catalogue& catalogue,
                                         ProblemList& problems);

/// What metrics of the task should come to; `evaluations` are the names of all further ones.
std::vector<Expectation> read_expectations(const ConfigNode& node, const TaskEntry* task,
                                           const std::vector<std::string>& evaluations,
                                           ProblemList& problems);

/// The names of the entries of a catalogue.
template <class Entry>
std::vector<std::string> names_in(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

}  // namespace zoo
