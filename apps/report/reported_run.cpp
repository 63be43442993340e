#include "zoo/apps/report/reported_run.h"

#include <algorithm>
#include <cmath>

#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/report/samples.h"
#include "zoo/apps/zoo/commands.h"
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
      // JSON has no NaN and says null.
      metrics.push_back({name, value.is_number() ? value.get<double>() : std::nan("")});
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

}  // namespace zoo
