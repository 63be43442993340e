// What a run measured: metrics.jsonl, and the same as metrics.csv and as a TensorBoard event file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/trainers/logging/tensorboard.h"
#include "zoo/trainers/metrics.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {

/// Metrics of one split after `step` steps.
struct LogRecord {
  int64_t step = 0;
  int64_t examples = 0;  ///< trained on since the start of the run
  std::string split{};   ///< "training", "validation", ...
  Metrics values{};      ///< a NaN or infinity is written as null and read as NaN
  double seconds = 0;    ///< of training since the start of the run, over all its sessions
};

/// The records of `folder`/metrics.jsonl, the primary log, in the order in which they were written.
/// A last line that was cut off is left out. Throws `StorageError` for a file that is not there
/// and for any other malformed line, with its number.
std::vector<LogRecord> read_log(const std::filesystem::path& folder);

/// Writes each record to three files of a run folder:
///
///     metrics.jsonl  {"step":10,"examples":320,"split":"training","loss":0.5,"seconds":1.25}
///     metrics.csv    step,examples,split,metric,value,seconds: one row per metric, RFC 4180
///     events.out.tfevents.*.zoo  scalars tagged "training/loss", for TensorBoard
///
/// Every function throws `StorageError`. After that some files may hold a record that others
/// lack; going on from a checkpoint makes them agree again.
class RunLog {
 public:
  /// Creates `folder` if needed. With `resume_step` 0 the logs begin afresh: what is there counts
  /// no more. Otherwise records with a greater step and a torn last line are removed, so that
  /// the logs become those of a run that was never interrupted, seconds aside; this holds if the
  /// records of a step are appended and flushed before its checkpoint is complete.
  RunLog(const std::filesystem::path& folder, int64_t resume_step);

  /// Throws `std::invalid_argument` for a metric that is called like another or "step",
  /// "examples", "split", "seconds".
  void append(const LogRecord& record);

  /// Shows `text` as it is in TensorBoard, at step 0: for a run's configuration, when it starts.
  void add_text(std::string_view tag, std::string_view text);

  /// Returns when everything appended would survive a power failure.
  void flush();

 private:
  AppendFile records_;
  AppendFile table_;
  TensorboardFile events_;
};

}  // namespace zoo
