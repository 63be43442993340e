// list and describe: what there is.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "zoo/apps/config/describe.h"
#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/config/suggest.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;

std::string join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// What the ledger says of an experiment: "reproduced", "falls short", or nothing.
std::string ledger_status(const std::string& name) {
  const auto file = home() / "results" / (name + ".json");
  if (!std::filesystem::exists(file)) return "";
  const auto entry = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!entry.is_object() || !entry.contains("pass")) return "damaged ledger entry";
  return entry["pass"] == true ? "reproduced" : "falls short";
}

// One broken file must not hide the others.
Json experiment_entry(const ExperimentFile& file) try {
  const auto experiment = read_experiment(file.path, file.name, {}, catalogue());
  return {{"name", file.name},
          {"paper", experiment.paper.arxiv},
          {"where", experiment.paper.where},
          {"model", experiment.model.name},
          {"dataset", experiment.dataset.name},
          {"task", experiment.task.name},
          {"result", ledger_status(file.name)}};
} catch (const ConfigError& error) {
  return {{"name", file.name}, {"problems", error.problems}};
}

Json list_entries() {
  Json list = {{"models", Json::array()},
               {"datasets", Json::array()},
               {"tasks", Json::array()},
               {"experiments", Json::array()}};
  for (const auto& model : catalogue().models) {
    list["models"].push_back({{"name", model.name}, {"tasks", model.tasks}});
  }
  for (const auto& data : catalogue().datasets) {
    list["datasets"].push_back({{"name", data.name}, {"batches", data.batch}});
  }
  for (const auto& task : catalogue().tasks) {
    list["tasks"].push_back({{"name", task.name}, {"metrics", task.metrics}});
  }
  for (const auto& file : find_experiments(home() / "configs")) {
    list["experiments"].push_back(experiment_entry(file));
  }
  return list;
}

void print_list(const Json& list) {
  std::vector<std::vector<std::string>> rows = {{"MODEL", "learns"}};
  for (const auto& each : list["models"]) rows.push_back({each["name"], join(each["tasks"])});
  fmt::print("{}\n", format_table(rows));
  rows = {{"DATASET", "gives batches of"}};
  for (const auto& each : list["datasets"]) rows.push_back({each["name"], each["batches"]});
  fmt::print("{}\n", format_table(rows));
  rows = {{"TASK", "measures"}};
  for (const auto& each : list["tasks"]) rows.push_back({each["name"], join(each["metrics"])});
  fmt::print("{}\n", format_table(rows));
  rows = {{"EXPERIMENT", "paper", "", "ledger"}};
  for (const auto& each : list["experiments"]) {
    if (each.contains("problems")) {
      rows.push_back({each["name"], "cannot be read; `zoo describe` says why"});
      continue;
    }
    const std::string paper = each["paper"];
    rows.push_back(
        {each["name"], paper.empty() ? "" : "arXiv:" + paper, each["where"], each["result"]});
  }
  fmt::print("{}", format_table(rows));
}

void print_options(const std::string& kind, const std::string& name, const AnyOptions& options) {
  fmt::print("{}{}{}\n", kind, name.empty() ? "" : " ", name);
  const auto lines = describe(options);
  if (lines.empty()) fmt::print("  has no options\n");
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : lines) {
    rows.push_back(
        {"  " + line.name, line.type, line.range, "default " + line.default_value, line.meaning});
  }
  fmt::print("{}", format_table(rows));
}

}  // namespace

int list_command(const Arguments& arguments) {
  const Json list = list_entries();
  if (arguments.json) {
    fmt::print("{}\n", list.dump(2));
  } else {
    print_list(list);
  }
  return kDone;
}

int describe_command(const Arguments& arguments) {
  const std::string& name = arguments.target;
  bool found = false;
  std::vector<std::string> names = {"trainer"};
  const auto look = [&](const std::string& kind, const auto& entries) {
    for (const auto& entry : entries) {
      names.push_back(entry.name);
      if (entry.name != name) continue;
      print_options(kind, name, entry.defaults);
      found = true;
    }
  };
  look("model", catalogue().models);
  look("dataset", catalogue().datasets);
  look("task", catalogue().tasks);
  if (name == "trainer") {
    print_options("trainer", "", AnyOptions(TrainerOptions()));
    found = true;
  }
  for (const auto& file : find_experiments(home() / "configs")) {
    names.push_back(file.name);
    if (file.name != name) continue;
    fmt::print("{}", write_experiment(read_experiment(file.path, name, {}, catalogue())));
    found = true;
  }
  if (!found) {
    throw UsageError(fmt::format("there is no model, dataset, task or experiment '{}'{}", name,
                                 suggestion(name, names, "; `zoo list` shows all")));
  }
  return kDone;
}

}  // namespace zoo
