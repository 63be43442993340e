#include "zoo/apps/config/evaluations_reader.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "zoo/apps/config/options_reader.h"
#include "zoo/apps/config/suggest.h"

namespace zoo {
namespace {

constexpr std::array<std::string_view, 3> kSplits = {"training", "validation", "test"};

bool check_evaluation_name(const ConfigEntry& entry, ProblemList& problems) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const auto& name = entry.key;
  if (name.empty() || name.find_first_not_of(kLetters) != std::string::npos) {
    problems.add(
        entry.origin,
        fmt::format("the name of an evaluation is made of a-z, 0-9 and _, got '{}'", shown(name)));
    return false;
  }
  if (std::find(kSplits.begin(), kSplits.end(), name) != kSplits.end()) {
    problems.add(entry.origin,
                 fmt::format("'{}' is already the name of a split; choose another name", name));
    return false;
  }
  return true;
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

void check_metric(const ConfigEntry& entry, const std::vector<std::string>& metrics,
                  const std::vector<std::string>& evaluations, ProblemList& problems) {
  std::vector<std::string> known = metrics;
  for (const auto& metric : metrics) known.push_back("validation." + metric);
  for (const auto& evaluation : evaluations) {
    for (const auto& metric : metrics) known.push_back(evaluation + "." + metric);
  }
  const auto& name = entry.key;
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  std::string advice = suggestion(name, known, "; there are: " + joined(known));
  if (name.starts_with("test.")) {
    const std::string metric = name.substr(5);
    const bool exists = std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
    if (exists) advice = "; metrics of the test split have no prefix: write '" + metric + "'";
  }
  problems.add(entry.origin, fmt::format("there is no metric '{}'{}", shown(name), advice));
}

Expectation read_expectation(const ConfigEntry& entry, ProblemList& problems) {
  Expectation expectation;
  expectation.metric = entry.key;
  const std::string wanted = "a mapping of paper, at_most and at_least";
  if (!check_mapping(entry.value, entry.key, wanted, problems)) return expectation;
  const auto meant = check_keys(entry.value, entry.key, {"paper", "at_most", "at_least"}, problems);
  bool bounded = std::any_of(meant.begin(), meant.end(), [](const auto& key) {
    return key.starts_with("at_");  // misspelt, and reported as that
  });
  const auto read = [&](const std::string& name) -> std::optional<double> {
    const auto* given = entry.value.find(name);
    if (given == nullptr) return std::nullopt;
    bounded = bounded || name != "paper";
    double value = 0;
    return read_field(given->value, {name, &value, "", {}}, problems) ? std::optional(value)
                                                                      : std::nullopt;
  };
  expectation.paper = read("paper");
  expectation.at_most = read("at_most");
  expectation.at_least = read("at_least");
  if (!bounded) {
    problems.add(entry.origin,
                 fmt::format("{} needs a bound: at_most, at_least or both", shown(entry.key)));
  }
  if (expectation.at_most && expectation.at_least && *expectation.at_least > *expectation.at_most) {
    problems.add(entry.origin,
                 fmt::format("{} can meet no value: at_least is above at_most", shown(entry.key)));
  }
  return expectation;
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

std::vector<Expectation> read_expectations(const ConfigNode& node, const TaskEntry* task,
                                           const std::vector<std::string>& evaluations,
                                           ProblemList& problems) {
  std::vector<Expectation> expectations;
  if (!check_mapping(node, "expect", "a mapping of metrics", problems)) return {};
  for (const auto& entry : node.entries) {
    if (task != nullptr) check_metric(entry, task->metrics, evaluations, problems);
    expectations.push_back(read_expectation(entry, problems));
  }
  return expectations;
}

}  // namespace zoo
