#include "zoo/apps/config/experiment_reader.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "zoo/apps/config/evaluations_reader.h"
#include "zoo/apps/config/options_reader.h"
#include "zoo/apps/config/overrides.h"
#include "zoo/apps/config/parse.h"

namespace zoo {
namespace {

/// A model, dataset or task as found in the catalogue.
template <class Entry>
struct FoundPart {
  const Entry* entry = nullptr;  // a null pointer: missing or faulty
  Origin origin;                 // of its name
};

class ExperimentReader {
 public:
  ExperimentReader(std::string source, const ConfigNode& root, const Catalogue& catalogue,
                   ProblemList& problems)
      : source_(std::move(source)), root_(root), catalogue_(catalogue), problems_(problems) {}

  Experiment read(const std::string& name);

 private:
  template <class Entry>
  FoundPart<Entry> read_part(const std::string& key, const std::vector<Entry>& entries,
                             Component& component);
  void require_keys(const std::vector<std::string>& meant);
  void read_fields();
  void read_measures();
  void check_fit();
  void complete();
  Origin origin_of_mismatch() const;
  void check_completed(const Origin& origin, const std::string& owner, const Fields& fields);

  const std::string source_;
  const ConfigNode& root_;
  const Catalogue& catalogue_;
  ProblemList& problems_;
  Experiment experiment_;
  FoundPart<ModelEntry> model_;
  FoundPart<DatasetEntry> dataset_;
  FoundPart<TaskEntry> task_;
};

Experiment ExperimentReader::read(const std::string& name) {
  static const std::vector<std::string> kKeys = {
      "paper", "model", "dataset", "task", "trainer", "seed", "evaluate", "milestones", "expect"};
  experiment_.name = name;
  if (!check_mapping(root_, "an experiment", "a mapping of " + joined(kKeys), problems_)) {
    return experiment_;
  }
  require_keys(check_keys(root_, "an experiment", kKeys, problems_));
  model_ = read_part("model", catalogue_.models, experiment_.model);
  dataset_ = read_part("dataset", catalogue_.datasets, experiment_.dataset);
  task_ = read_part("task", catalogue_.tasks, experiment_.task);
  read_fields();
  check_fit();
  read_measures();
  if (problems_.empty()) complete();
  return experiment_;
}

/// `meant` are keys that are there, but misspelt; these are reported already.
void ExperimentReader::require_keys(const std::vector<std::string>& meant) {
  for (const std::string key : {"model", "dataset", "task", "trainer"}) {
    const bool misspelt = std::find(meant.begin(), meant.end(), key) != meant.end();
    if (root_.find(key) != nullptr || misspelt) continue;
    problems_.add({.source = source_},
                  fmt::format("'{}' is missing; an experiment needs model, dataset, task and "
                              "trainer",
                              key));
  }
}

template <class Entry>
FoundPart<Entry> ExperimentReader::read_part(const std::string& key,
                                             const std::vector<Entry>& entries,
                                             Component& component) {
  const auto* given = root_.find(key);
  if (given == nullptr) return {};
  const auto alternative = read_alternative(given->value, key, names_in(entries), problems_);
  if (!alternative) return {};
  const auto& entry = entries[alternative->index];
  component = {entry.name, entry.defaults};
  if (alternative->options != nullptr) {
    read_options(*alternative->options, entry.name, component.options.fields(), problems_);
  }
  return {&entry, alternative->origin};
}

void ExperimentReader::read_fields() {
  if (const auto* paper = root_.find("paper")) {
    read_options(paper->value, "paper", fields_of(experiment_.paper), problems_);
  }
  if (const auto* trainer = root_.find("trainer")) {
    read_options(trainer->value, "trainer", fields_of(experiment_.trainer), problems_);
  }
  if (const auto* seed = root_.find("seed")) {
    read_field(seed->value, {"seed", &experiment_.seed, "", at_least(0)}, problems_);
  }
}

void ExperimentReader::check_fit() {
  if (task_.entry == nullptr) return;
  if (model_.entry != nullptr) {
    const auto& tasks = model_.entry->tasks;
    if (std::find(tasks.begin(), tasks.end(), task_.entry->name) == tasks.end()) {
      problems_.add(task_.origin,
                    fmt::format("{} cannot learn {}; it learns: {}", model_.entry->name,
                                task_.entry->name, tasks.empty() ? "nothing" : joined(tasks)));
    }
  }
  if (dataset_.entry != nullptr) {
    check_batches(dataset_.origin, *dataset_.entry, *task_.entry, catalogue_, problems_);
  }
}

void ExperimentReader::read_measures() {
  // The names of all that was given, also of what turned out to be wrong and is reported as that.
  std::vector<std::string> evaluations, milestones;
  if (const auto* evaluate = root_.find("evaluate")) {
    experiment_.evaluate =
        read_evaluations(evaluate->value, experiment_.dataset, task_.entry, catalogue_, problems_);
    for (const auto& entry : evaluate->value.entries) evaluations.push_back(entry.key);
  }
  if (const auto* given = root_.find("milestones")) {
    experiment_.milestones = read_milestones(given->value, task_.entry, problems_);
    for (const auto& entry : given->value.entries) milestones.push_back(entry.key);
  }
  if (const auto* expect = root_.find("expect")) {
    std::vector<std::string> metrics;
    if (task_.entry) metrics = measured_metrics(*task_.entry, evaluations, milestones);
    experiment_.expect = read_expectations(expect->value, metrics, problems_);
  }
}

/// Where to report that the data and the model do not fit: at the model, unless the options of the
/// dataset alone are contradictory.
Origin ExperimentReader::origin_of_mismatch() const {
  if (!dataset_.entry->make) return model_.origin;
  try {
    dataset_.entry->make(experiment_.dataset.options, {});
  } catch (const std::invalid_argument&) {
    return dataset_.origin;
  }
  return model_.origin;
}

void ExperimentReader::complete() {
  const auto& name = experiment_.model.name;
  const auto found = task_.entry->complete.find(name);
  if (found != task_.entry->complete.end()) {
    try {
      found->second(experiment_);
    } catch (const std::invalid_argument& error) {
      problems_.add(origin_of_mismatch(), shown(error.what(), 2000));
      return;
    }
  }
  check_completed(model_.origin, name, experiment_.model.options.fields());
  check_completed(dataset_.origin, experiment_.dataset.name, experiment_.dataset.options.fields());
  check_completed(task_.origin, experiment_.task.name, experiment_.task.options.fields());
  const auto& trainer = root_.find("trainer")->origin;
  check_completed(trainer, "trainer", fields_of(experiment_.trainer));
  const auto contradiction = contradiction_in(experiment_.trainer);
  if (!contradiction.empty()) problems_.add(trainer, "trainer: " + contradiction);
  for (auto& evaluation : experiment_.evaluate) {
    check_completed(dataset_.origin, evaluation.name, evaluation.dataset.options.fields());
  }
}

/// What was given is checked where it stands; this finds what was filled in or is a bad default.
void ExperimentReader::check_completed(const Origin& origin, const std::string& owner,
                                       const Fields& fields) {
  for (const auto& problem : problems_of(fields)) problems_.add(origin, owner + "." + problem);
}

}  // namespace

Experiment read_experiment(const std::filesystem::path& path, const std::string& name,
                           const std::vector<std::string>& overrides, const Catalogue& catalogue) {
  ProblemList problems;
  ConfigNode root = parse_config_file(path, problems);
  apply_overrides(root, overrides, problems);
  ExperimentReader reader(path.string(), root, catalogue, problems);
  Experiment experiment = reader.read(name);
  problems.throw_if_any();
  return experiment;
}

}  // namespace zoo
