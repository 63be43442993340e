#include "zoo/apps/zoo/ledger.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

#include "zoo/apps/config/experiment_writer.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array kSeedKeys = {"seed", "metrics", "steps", "examples", "seconds", "weights"};

double median_of(std::vector<double> values) {
  for (const double value : values) {
    if (std::isnan(value)) return value;
  }
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// JSON has no NaN and says null.
double number_of(const Json& value) {
  return value.is_number() ? value.get<double>() : std::nan("");
}

// The values of one metric, seed by seed.
std::vector<double> values_of(const std::vector<Json>& seeds, const std::string& metric) {
  std::vector<double> values;
  for (const auto& seed : seeds) {
    values.push_back(number_of(seed["metrics"].value(metric, Json())));
  }
  return values;
}

Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

Ledger::Ledger(const Experiment& experiment, std::string command)
    : experiment_(experiment),
      command_(std::move(command)),
      config_hash_(hash_experiment(experiment)) {}

Json Ledger::read_result(const fs::path& run, int64_t seed) const {
  const fs::path file = RunFolder(run).result();
  const Json result = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  const bool is_result =
      result.is_object() && result.contains("config_hash") && result.contains("machine") &&
      std::ranges::all_of(kSeedKeys, [&](const char* key) { return result.contains(key); }) &&
      result["metrics"].is_object();
  if (!is_result) throw StorageError(file.string() + ": this is not the result of a run");
  if (result["config_hash"] != config_hash_ || result["seed"] != seed) {
    throw UsageError(
        fmt::format("{0} is a run of another configuration of {1}; remove the folder "
                    "to run it anew",
                    RunFolder(run).shown(), experiment_.name));
  }
  return result;
}

void Ledger::add(const Json& result) {
  Json seed;
  for (const char* key : kSeedKeys) seed[key] = result.at(key);
  seed["machine"] = result.at("machine");
  seeds_.push_back(seed);
}

Metrics Ledger::medians() const {
  Metrics medians;
  for (const auto& [name, value] : seeds_.front()["metrics"].items()) {
    medians.push_back({name, median_of(values_of(seeds_, name))});
  }
  return medians;
}

Json Ledger::summary() const {
  Json summary;
  for (const auto& [name, median] : medians()) {
    const auto values = values_of(seeds_, name);
    double sum = 0, squares = 0;
    for (const double value : values) sum += value;
    const double mean = sum / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double spread =
        values.size() > 1 ? std::sqrt(squares / static_cast<double>(values.size() - 1)) : 0;
    summary[name] = {{"mean", mean}, {"standard_deviation", spread}, {"median", median}};
  }
  return summary;
}

Json Ledger::expectations() const {
  Json expect = Json::array();
  const auto verdicts = judge(experiment_, medians());
  for (size_t i = 0; i < verdicts.size(); ++i) {
    const auto& expectation = experiment_.expect[i];
    expect.push_back({{"metric", expectation.metric},
                      {"paper", optional_number(expectation.paper)},
                      {"at_most", optional_number(expectation.at_most)},
                      {"at_least", optional_number(expectation.at_least)},
                      {"median", verdicts[i].value},
                      {"pass", verdicts[i].pass}});
  }
  return expect;
}

void Ledger::write(const fs::path& folder) const {
  const auto& paper = experiment_.paper;
  const std::time_t now = std::time(nullptr);
  const Json entry = {{"experiment", experiment_.name},
                      {"paper", {{"arxiv", paper.arxiv}, {"where", paper.where}}},
                      {"rule", "the median over the seeds lies within the bounds"},
                      {"pass", pass()},
                      {"expect", expectations()},
                      {"summary", summary()},
                      {"seeds", seeds_},
                      {"command", command_},
                      {"config_hash", config_hash_},
                      {"source", source_revision()},
                      {"date", fmt::format("{:%Y-%m-%d}", *std::gmtime(&now))}};
  const fs::path file = folder / (experiment_.name + ".json");
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) throw storage_error("make the folder", file.parent_path(), error.value());
  write_file(file, entry.dump(2) + "\n");
}

void Ledger::print() const {
  std::vector<std::vector<std::string>> rows = {{"metric"}};
  for (const auto& seed : seeds_) rows[0].push_back(fmt::format("seed {}", seed["seed"].dump()));
  for (const char* title : {"median", "paper", "expected", ""}) rows[0].emplace_back(title);
  for (const auto& verdict : judge(experiment_, medians())) {
    auto& row = rows.emplace_back(std::vector<std::string>{verdict.metric});
    for (const double value : values_of(seeds_, verdict.metric)) {
      row.push_back(fmt::format("{:.4g}", value));
    }
    row.push_back(fmt::format("{:.4g}", verdict.value));
    row.insert(row.end(), {verdict.paper, verdict.expected, verdict.pass ? "pass" : "FAIL"});
  }
  fmt::print("\n{}  {} seeds\n{}", experiment_.name, seeds_.size(), format_table(rows));
}

}  // namespace zoo
