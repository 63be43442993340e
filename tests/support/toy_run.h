// Runs of the toy task in a folder, and what is left of them.
#pragma once

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/tensors.h"
#include "support/toy_task.h"
#include "zoo/trainers/logging/run_log.h"
#include "zoo/trainers/trainer.h"

namespace zoo {

/// Keeps all it hears; raises `stop` after step `stop_at`.
class Recorder : public TrainingObserver {
 public:
  explicit Recorder(int64_t stop_at = -1) : stop_at_(stop_at) {}

  void on_step(int64_t step) override {
    steps.push_back(step);
    if (step == stop_at_) stop = true;
  }
  void on_record(const LogRecord& record) override { records.push_back(record); }
  void on_message(const std::string& line) override { messages.push_back(line); }

  std::vector<int64_t> steps;
  std::vector<LogRecord> records;
  std::vector<std::string> messages;
  std::atomic<bool> stop = false;

 private:
  int64_t stop_at_;
};

/// One session of a run.
struct ToySession {
  std::unique_ptr<ToyTask> task;
  TrainingResult result;
};

/// Begins the run of `folder` or goes on with it, with a task of its own as a new process has.
inline ToySession train_toy(const ToyOptions& options, const std::filesystem::path& folder,
                            Recorder& recorder) {
  ToySession session{make_toy_task(options), {}};
  torch::manual_seed(recorder.steps.size() + 12345);  // where the generator stands must not matter
  Trainer trainer(*session.task, options.trainer, folder, "toy", recorder, recorder.stop);
  session.result = trainer.run();
  return session;
}

/// The records of metrics.jsonl, every bit of their values, without the seconds.
inline std::string log_of(const std::filesystem::path& folder) {
  std::string text;
  for (const auto& record : read_log(folder)) {
    text +=
        std::to_string(record.step) + " " + std::to_string(record.examples) + " " + record.split;
    for (const auto& metric : record.values) {
      char number[40];
      std::snprintf(number, sizeof number, "%a", metric.value);
      text += " " + metric.name + "=" + number;
    }
    text += "\n";
  }
  return text;
}

inline std::filesystem::path checkpoint_of(const std::filesystem::path& folder, int64_t step) {
  return folder / "checkpoints" / ("step_" + std::to_string(step));
}

}  // namespace zoo
