// What a run folder tells a report.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/trainers/experiment.h"
#include "zoo/trainers/logging/run_log.h"
#include "zoo/trainers/metrics.h"

namespace zoo {

struct ReportedRun {
  RunFolder folder;
  std::string label;  ///< what tells it from the other runs of the report
  RunInfo info;
  std::string config;  ///< the text of config.yaml
  Experiment experiment;
  std::vector<LogRecord> records;  ///< one at least
  nlohmann::ordered_json result;   ///< null as long as the run is not finished
  nlohmann::ordered_json samples;  ///< null if there are none

  bool finished() const { return !result.is_null(); }
  /// Those of the result, else those of the latest validation, called "validation.<name>".
  Metrics metrics() const;
  /// "runs/a", as a person can type it.
  std::string shown() const { return folder.shown(); }
};

/// Throws `UsageError` for a run that has measured nothing yet, `StorageError` for a damaged file.
ReportedRun read_reported_run(const std::filesystem::path& folder);

/// Throws `UsageError` if there are runs of several tasks, whose metrics have nothing in common.
void check_same_task(const std::vector<ReportedRun>& runs);

/// Gives each run its path without the folders that all of them share: "seed_1", "seed_2".
void label_runs(std::vector<ReportedRun>& runs);

}  // namespace zoo
