// One experiment: which model learns which task on which data, and what should come out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/models/options/any_options.h"
#include "zoo/trainers/trainer_options.h"

namespace zoo {

/// A model, dataset or task by name, with its options.
struct Component {
  std::string name;
  AnyOptions options;
};

/// Where the experiment stands in the literature.
struct PaperReference {
  std::string arxiv;  ///< "1410.5401"
  std::string where;  ///< "section 4.1"

  static void fields(auto& self, auto&& visit) {
    visit("arxiv", self.arxiv, "identifier of the paper on arxiv.org");
    visit("where", self.where, "section, table or figure of the paper");
  }
};

/// A further evaluation: the test split of the experiment's dataset with other options.
struct Evaluation {
  std::string name;  ///< "length_120"
  Component dataset;
  int64_t batches = 100;
  int64_t batch_size = 1;
};

/// A state that the training may reach: a metric of the validation split within bounds.
struct Milestone {
  std::string name;    ///< "solved"
  std::string metric;  ///< "bits_per_sequence"
  std::optional<double> at_most{};
  std::optional<double> at_least{};
};

/// What a metric should come to, fixed before the run. `milestones.solved` is a metric too: the
/// examples trained on when that milestone was first met; there is no value if it never was.
struct Expectation {
  std::string metric;  ///< "wrong_bits", or "length_120.wrong_bits" for a named evaluation
  std::optional<double> paper;
  std::optional<double> at_most;
  std::optional<double> at_least;
};

struct Experiment {
  std::string name;  ///< "neural_turing_machine/copy", its path below configs/
  PaperReference paper;
  Component model;
  Component dataset;
  Component task;
  TrainerOptions trainer;
  int64_t seed = 1;
  std::vector<Evaluation> evaluate;
  std::vector<Milestone> milestones;
  std::vector<Expectation> expect;
  /// What a run that was begun has kept of its data; no part of a configuration.
  KeptFiles kept_files;
};

}  // namespace zoo
