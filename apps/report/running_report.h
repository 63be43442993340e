// The report of a run while it trains.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "zoo/apps/zoo/run_folder.h"
#include "zoo/trainers/task.h"

namespace zoo {

/// Keeps RUN/samples.json and RUN/report.html up to date. A report is made of what else the run
/// leaves, so no failure to write one, such as a full disk, ends a training; it is told once.
class RunningReport {
 public:
  /// `task` must outlive this.
  RunningReport(RunFolder folder, Task& task) : folder_(std::move(folder)), task_(task) {}

  /// Writes the report as it is after `step` steps, unless writing would take more than a twentieth
  /// of the time, as it might where evaluations follow each other quickly or the disk is slow.
  /// Returns what went wrong.
  std::optional<std::string> update(int64_t step);

  /// Writes the report in any case.
  std::optional<std::string> finish(int64_t step);

 private:
  RunFolder folder_;
  Task& task_;
  double next_ = 0;  // on the monotonic clock
  bool complained_ = false;
};

}  // namespace zoo
