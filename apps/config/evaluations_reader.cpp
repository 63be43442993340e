#include "zoo/apps/config/evaluations_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "zoo/apps/config/options_reader.h"
#include "zoo/apps/config/suggest.h"

namespace zoo {
namespace {

// Prefixes of metrics that have a meaning of their own.
constexpr std::array<std::string_view, 4> kTaken = {"training", "validation", "test", "milestones"};

// `kind` is "an evaluation" or "a milestone".
bool check_name(const ConfigEntry& entry, const std::string& kind, ProblemList& problems) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const auto& name = entry.key;
  if (!name.empty() && name.find_first_not_of(kLetters) == std::string::npos) return true;
  problems.add(entry.origin, fmt::format("the name of {} is made of a-z, 0-9 and _, got '{}'", kind,
                                         shown(name)));
  return false;
}

bool check_evaluation_name(const ConfigEntry& entry, ProblemList& problems) {
  if (!check_name(entry, "an evaluation", problems)) return false;
  if (std::find(kTaken.begin(), kTaken.end(), entry.key) == kTaken.end()) return true;
  problems.add(entry.origin,
               fmt::format("'{}' is already the name of {}; choose another name", entry.key,
                           entry.key == "milestones" ? "the milestones' metrics" : "a split"));
  return false;
}

/// Starts from the experiment's own dataset where it has the same name.
void read_evaluation_dataset(const ConfigNode& node, Component& dataset, const TaskEntry* task,
                             const Catalogue& catalogue, ProblemList& problems) {
  const auto names = names_in(catalogue.datasets);
  const auto alternative = read_alternative(node, "dataset", names, problems);
  if (!alternative) return;
  const auto& entry = catalogue.datasets[alternative->index];
  if (dataset.name != entry.name) dataset = {entry.name, entry.defaults};
  if (task != nullptr) check_batches(alternative->origin, entry, *task, catalogue, problems);
  if (alternative->options == nullptr) return;
  read_options(*alternative->options, entry.name, dataset.options.fields(), problems);
}

Evaluation read_evaluation(const ConfigEntry& entry, const Component& dataset,
                           const TaskEntry* task, const Catalogue& catalogue,
                           ProblemList& problems) {
  Evaluation evaluation{.name = entry.key, .dataset = dataset};
  const auto& node = entry.value;
  const std::string wanted = "a mapping of dataset, batches and batch_size";
  if (!check_mapping(node, evaluation.name, wanted, problems)) return evaluation;
  check_keys(node, evaluation.name, {"dataset", "batches", "batch_size"}, problems);
  if (const auto* given = node.find("dataset")) {
    read_evaluation_dataset(given->value, evaluation.dataset, task, catalogue, problems);
  }
  const Fields numbers = {{"batches", &evaluation.batches, "", at_least(1)},
                          {"batch_size", &evaluation.batch_size, "", at_least(1)}};
  for (const auto& number : numbers) {
    if (const auto* given = node.find(number.name)) read_field(given->value, number, problems);
  }
  return evaluation;
}

void check_metric(const ConfigEntry& entry, const std::vector<std::string>& known,
                  ProblemList& problems) {
  const auto& name = entry.key;
  const auto exists = [&known](const std::string& metric) {
    return std::find(known.begin(), known.end(), metric) != known.end();
  };
  if (exists(name)) return;
  std::string advice = suggestion(name, known, "; there are: " + joined(known));
  if (name.starts_with("test.") && exists(name.substr(5))) {
    advice = "; metrics of the test split have no prefix: write '" + name.substr(5) + "'";
  }
  problems.add(entry.origin, fmt::format("there is no metric '{}'{}", shown(name), advice));
}

/// The numbers of `keys` that a metric is mapped to; at least one of them must be a bound.
std::map<std::string, double> read_bounds(const ConfigEntry& entry,
                                          const std::vector<std::string>& keys,
                                          ProblemList& problems) {
  std::map<std::string, double> numbers;
  const bool with_paper = keys.front() == "paper";
  const std::string wanted =
      with_paper ? "a mapping of paper, at_most and at_least" : "a mapping of at_most and at_least";
  if (!check_mapping(entry.value, entry.key, wanted, problems)) return numbers;
  const auto meant = check_keys(entry.value, entry.key, keys, problems);
  const auto is_bound = [](const std::string& key) { return key.starts_with("at_"); };
  bool bounded = std::any_of(meant.begin(), meant.end(), is_bound);  // misspelt, and reported so
  for (const auto& key : keys) {
    const auto* given = entry.value.find(key);
    if (given == nullptr) continue;
    bounded = bounded || is_bound(key);
    double value = 0;
    if (read_field(given->value, {key, &value, "", {}}, problems)) numbers[key] = value;
  }
  if (!bounded) {
    problems.add(entry.origin,
                 fmt::format("{} needs a bound: at_most, at_least or both", shown(entry.key)));
  }
  if (numbers.contains("at_most") && numbers.contains("at_least") &&
      numbers["at_least"] > numbers["at_most"]) {
    problems.add(entry.origin,
                 fmt::format("{} can meet no value: at_least is above at_most", shown(entry.key)));
  }
  return numbers;
}

std::optional<double> number_in(const std::map<std::string, double>& numbers,
                                const std::string& key) {
  const auto found = numbers.find(key);
  return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

Milestone read_milestone(const ConfigEntry& entry, const TaskEntry* task, ProblemList& problems) {
  Milestone milestone{.name = entry.key, .metric = {}};
  const std::string wanted = "a mapping of one metric, {bits: {at_most: 1}}";
  if (!check_mapping(entry.value, entry.key, wanted, problems)) return milestone;
  if (entry.value.entries.size() != 1) {
    problems.add(entry.origin, fmt::format("{} must be {}, got {} metrics", entry.key, wanted,
                                           entry.value.entries.size()));
    return milestone;
  }
  const auto& bound = entry.value.entries.front();
  if (task != nullptr) check_metric(bound, task->metrics, problems);
  const auto numbers = read_bounds(bound, {"at_most", "at_least"}, problems);
  milestone.metric = bound.key;
  milestone.at_most = number_in(numbers, "at_most");
  milestone.at_least = number_in(numbers, "at_least");
  return milestone;
}

}  // namespace

void check_batches(const Origin& origin, const DatasetEntry& dataset, const TaskEntry& task,
                   const Catalogue& catalogue, ProblemList& problems) {
  if (dataset.batch == task.batch) return;
  std::vector<std::string> fitting;
  for (const auto& entry : catalogue.datasets) {
    if (entry.batch == task.batch) fitting.push_back(entry.name);
  }
  problems.add(origin,
               fmt::format("{} makes {} batches, but {} needs {} batches{}", dataset.name,
                           dataset.batch, task.name, task.batch,
                           fitting.empty() ? "" : "; datasets that fit: " + joined(fitting)));
}

std::vector<Evaluation> read_evaluations(const ConfigNode& node, const Component& dataset,
                                         const TaskEntry* task, const Catalogue& catalogue,
                                         ProblemList& problems) {
  std::vector<Evaluation> evaluations;
  if (!check_mapping(node, "evaluate", "a mapping of named evaluations", problems)) return {};
  for (const auto& entry : node.entries) {
    if (!check_evaluation_name(entry, problems)) continue;
    evaluations.push_back(read_evaluation(entry, dataset, task, catalogue, problems));
  }
  return evaluations;
}

std::vector<Milestone> read_milestones(const ConfigNode& node, const TaskEntry* task,
                                       ProblemList& problems) {
  std::vector<Milestone> milestones;
  if (!check_mapping(node, "milestones", "a mapping of named milestones", problems)) return {};
  for (const auto& entry : node.entries) {
    if (!check_name(entry, "a milestone", problems)) continue;
    milestones.push_back(read_milestone(entry, task, problems));
  }
  return milestones;
}

std::vector<std::string> measured_metrics(const TaskEntry& task,
                                          const std::vector<std::string>& evaluations,
                                          const std::vector<std::string>& milestones) {
  std::vector<std::string> known = task.metrics;
  for (const auto& metric : task.metrics) known.push_back("validation." + metric);
  for (const auto& evaluation : evaluations) {
    for (const auto& metric : task.metrics) known.push_back(evaluation + "." + metric);
  }
  for (const auto& milestone : milestones) known.push_back("milestones." + milestone);
  return known;
}

std::vector<Expectation> read_expectations(const ConfigNode& node,
                                           const std::vector<std::string>& metrics,
                                           ProblemList& problems) {
  std::vector<Expectation> expectations;
  if (!check_mapping(node, "expect", "a mapping of metrics", problems)) return {};
  for (const auto& entry : node.entries) {
    if (!metrics.empty()) check_metric(entry, metrics, problems);
    const auto numbers = read_bounds(entry, {"paper", "at_most", "at_least"}, problems);
    expectations.push_back({.metric = entry.key,
                            .paper = number_in(numbers, "paper"),
                            .at_most = number_in(numbers, "at_most"),
                            .at_least = number_in(numbers, "at_least")});
  }
  return expectations;
}

}  // namespace zoo
