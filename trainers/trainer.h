// The training loop: one for every task.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "zoo/trainers/checkpoint.h"
#include "zoo/trainers/logging/run_log.h"
#include "zoo/trainers/task.h"
#include "zoo/trainers/trainer_options.h"

namespace zoo {

/// Training cannot go on: a loss or gradient is not finite. The last checkpoint is good.
class DivergenceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Hears what happens during a training; called on the training thread.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  virtual void on_step(int64_t /*step*/) {}  ///< after each step; `step` steps are done
  virtual void on_record(const LogRecord& /*record*/) {}
  virtual void on_message(const std::string& /*line*/) {}
};

enum class TrainingEnd { kFinished, kOutOfPatience, kInterrupted };

struct TrainingResult {
  TrainingEnd end = TrainingEnd::kFinished;
  TrainingState state;
  double seconds_waited = 0;  ///< for data, since `run` was called
};

/// Counts steps, evaluates, logs, checkpoints, resumes and stops. Names no model and no task.
///
/// A run that is killed at any instant and resumed ends with the weights of an undisturbed one,
/// bit for bit on the same machine, build and number of threads.
class Trainer {
 public:
  /// `folder` is the run folder: the logs go there, the checkpoints below it. `experiment`
  /// identifies the configuration. `stop` is looked at after each step. Throws
  /// `std::invalid_argument` for options that contradict each other.
  Trainer(Task& task, TrainerOptions options, std::filesystem::path folder, std::string experiment,
          TrainingObserver& observer, const std::atomic<bool>& stop);

  /// Trains from the newest sound checkpoint of the folder, from the beginning if there is none.
  /// With patience, the weights are those of the best evaluation when it runs out; a metric that is
  /// not finite is never the best. With `average_checkpoints`, those of a finished training are the
  /// mean of its last checkpoints; these are kept whatever `keep_checkpoints` says.
  /// Throws `DivergenceError`, `StorageError` and what the task throws.
  TrainingResult run();

 private:
  NamedTensors tensors();
  void restore(const Checkpoint& checkpoint);
  void train_step();
  void log_training(RunLog& log);
  void evaluate(RunLog& log);
  void check_finite();
  void save();
  bool out_of_patience() const;
  TrainingEnd finish();
  double seconds() const;

  Task& task_;
  TrainerOptions options_;
  TrainingObserver& observer_;
  const std::atomic<bool>& stop_;
  std::filesystem::path folder_;
  CheckpointStore checkpoints_;
  std::vector<int64_t> averaged_;  // steps whose checkpoints are needed at the end
  TrainingState state_;
  double session_start_ = 0;  // on the monotonic clock, less the seconds of earlier sessions
  NamedTensors sums_;         // of what was to be logged since the last record
};

}  // namespace zoo
