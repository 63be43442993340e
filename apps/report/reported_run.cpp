#include "zoo/apps/report/reported_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/report/samples.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

// What the page takes from a result must be there.
nlohmann::ordered_json read_run_result(const RunFolder& folder) {
  if (!folder.finished()) return nullptr;
  const auto result = nlohmann::ordered_json::parse(read_file(folder.result()), nullptr,
                                                    /*allow_exceptions=*/false);
  const auto has = [&](const char* key, auto is_right) {
    return result.contains(key) && (result[key].*is_right)();
  };
  using Json = nlohmann::ordered_json;
  const bool is_result = result.is_object() && has("metrics", &Json::is_object) &&
                         has("machine", &Json::is_object) && has("seconds", &Json::is_number) &&
                         has("steps", &Json::is_number_integer) && has("weights", &Json::is_string);
  if (!is_result)
    throw StorageError(folder.result().string() + ": this is not the result of a run");
  return result;
}

std::vector<LogRecord> read_run_log(const RunFolder& folder) {
  std::vector<LogRecord> records;
  if (std::filesystem::exists(folder.path() / "metrics.jsonl")) records = read_log(folder.path());
  if (records.empty()) throw UsageError(folder.shown() + " has no metrics yet");
  return records;
}

}  // namespace

Metrics ReportedRun::metrics() const {
  Metrics metrics;
  if (finished()) {
    for (const auto& [name, value] : result["metrics"].items()) {
      metrics.push_back({name, metric_value(name, value)});
    }
    return metrics;
  }
  const auto latest = std::find_if(records.rbegin(), records.rend(), [](const LogRecord& record) {
    return record.split == "validation";
  });
  if (latest == records.rend()) return metrics;
  for (const auto& [name, value] : latest->values) metrics.push_back({"validation." + name, value});
  return metrics;
}

ReportedRun read_reported_run(const std::filesystem::path& path) {
  const RunFolder folder(path);
  const RunInfo info = folder.info();
  auto records = read_run_log(folder);
  return {.folder = folder,
          .label = {},
          .info = info,
          .config = read_file(folder.config()),
          .experiment = read_experiment(folder.config(), info.experiment, {}, catalogue()),
          .records = std::move(records),
          .result = read_run_result(folder),
          .samples = read_samples(path)};
}

void check_same_task(const std::vector<ReportedRun>& runs) {
  const auto& first = runs.front();
  for (const auto& run : runs) {
    if (run.experiment.task.name == first.experiment.task.name) continue;
    throw UsageError(fmt::format(
        "one report is of one task, but {} is a run of {} and {} one of {}", first.shown(),
        first.experiment.task.name, run.shown(), run.experiment.task.name));
  }
}

void label_runs(std::vector<ReportedRun>& runs) {
  std::vector<std::vector<std::string>> parts;
  for (const auto& run : runs) {
    const auto path = std::filesystem::absolute(run.folder.path()).lexically_normal();
    auto& names = parts.emplace_back();
    for (const auto& part : path) {
      if (!part.empty()) names.push_back(part.string());
    }
  }
  size_t shared = 0;
  const auto& first = parts.front();
  const auto shares = [&](const auto& names) {
    return shared + 1 < names.size() && names[shared] == first[shared];
  };
  while (std::ranges::all_of(parts, shares)) ++shared;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::filesystem::path label;
    for (size_t j = shared; j < parts[i].size(); ++j) label /= parts[i][j];
    runs[i].label = label.string();
  }
}

}  // namespace zoo
