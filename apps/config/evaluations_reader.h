// Reads the parts of an experiment that say what is measured: `evaluate`, `milestones`, `expect`.
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

/// States that the training may reach.
std::vector<Milestone> read_milestones(const ConfigNode& node, const TaskEntry* task,
                                       ProblemList& problems);

/// What metrics should come to; `metrics` are the names of all that the experiment measures, as
/// `measured_metrics` gives them, and empty if they are not known.
std::vector<Expectation> read_expectations(const ConfigNode& node,
                                           const std::vector<std::string>& metrics,
                                           ProblemList& problems);

/// The metrics of the task on the test split, on "validation" and the other evaluations, and the
/// milestones: "wrong_bits", "validation.wrong_bits", "length_120.wrong_bits", "milestones.solved".
std::vector<std::string> measured_metrics(const TaskEntry& task,
                                          const std::vector<std::string>& evaluations,
                                          const std::vector<std::string>& milestones);

/// The names of the entries of a catalogue.
template <class Entry>
std::vector<std::string> names_in(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

}  // namespace zoo
