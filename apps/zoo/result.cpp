#include "zoo/apps/zoo/result.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>

#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/report/running_report.h"
#include "zoo/apps/zoo/interrupt.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/progress.h"
#include "zoo/apps/zoo/shell_word.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string values_text(const Metrics& values) {
  std::string text;
  for (const auto& [name, value] : values) text += fmt::format("  {} {:.4g}", name, value);
  return text;
}

// Shows a training on the standard error, and in its report.
class TrainingDisplay final : public TrainingObserver {
 public:
  TrainingDisplay(const TrainerOptions& options, RunningReport& report)
      : batch_size_(options.batch_size),
        report_(report),
        progress_(std::cerr, options.steps, {.terminal = isatty(STDERR_FILENO) != 0}) {}

  void on_step(int64_t step) override {
    if (!first_step_) {
      first_step_ = step;
      start_ = monotonic_seconds();
    }
    step_ = step;
    if (progress_.due()) show();
  }

  void on_record(const LogRecord& record) override {
    if (record.split == "training") {
      loss_ = record.values.front().value;
    } else {
      progress_.line(
          fmt::format("step {}  {}{}", record.step, record.split, values_text(record.values)));
      // The log appends before it tells, so that the file has this record.
      if (const auto complaint = report_.update(record.step)) on_message(*complaint);
    }
  }

  void on_message(const std::string& line) override { progress_.line("zoo: " + line); }

  /// Shows where the training has ended.
  void finish() {
    if (trained()) show();
    progress_.finish();
  }

  /// Whether there was a step.
  bool trained() const { return first_step_.has_value(); }

 private:
  void show() {
    const double passed = monotonic_seconds() - start_;
    // The speed of the first moments says nothing of what follows.
    const double speed =
        passed < 0.5 ? 0 : static_cast<double>((step_ - *first_step_) * batch_size_) / passed;
    progress_.update(
        {.step = step_, .loss = loss_, .examples_per_second = speed, .memory = resident_memory()});
  }

  int64_t batch_size_;
  RunningReport& report_;
  std::optional<double> loss_;
  std::optional<int64_t> first_step_;
  int64_t step_ = 0;
  double start_ = 0;
  Progress progress_;
};

// Trains and tells how long that took.
TrainingResult train(Session& session, const RunFolder& folder, const std::string& identity,
                     RunningReport& report) {
  const auto& options = session.experiment.trainer;
  TrainingDisplay display(options, report);
  Trainer trainer(*session.task, options, folder.path(), identity, display, interrupted());
  const double start = monotonic_seconds();
  const auto result = trainer.run();
  const double passed = monotonic_seconds() - start;
  display.finish();
  if (result.end != TrainingEnd::kInterrupted) {
    const auto waited =
        display.trained() ? std::optional(result.seconds_waited / passed) : std::nullopt;
    fmt::print("{}\n", training_summary(result.state.step, options.batch_size, result.state.seconds,
                                        waited));
    std::fflush(stdout);
  }
  return result;
}

nlohmann::ordered_json json_of(const Metrics& metrics) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : metrics) json[name] = value;
  return json;
}

std::string hash_file(const std::filesystem::path& path) { return checksum_text(read_file(path)); }

}  // namespace

Metrics evaluate_all(const Session& session) {
  Metrics all;
  const auto add = [&](const std::string& split, const std::string& prefix) {
    if (interrupted()) return;
    for (const auto& [name, value] : session.task->evaluate(split)) {
      all.push_back({prefix + name, value});
    }
  };
  add("test", "");
  add("validation", "validation.");
  for (const auto& evaluation : session.experiment.evaluate) {
    add(evaluation.name, evaluation.name + ".");
  }
  return all;
}

Metrics milestones_met(const Experiment& experiment, const std::vector<LogRecord>& log) {
  Metrics met;
  for (const auto& milestone : experiment.milestones) {
    const auto meets = [&](const LogRecord& record) {
      return record.split == "validation" &&
             std::ranges::any_of(record.values, [&](const Metric& metric) {
               return metric.name == milestone.metric && within(milestone, metric.value);
             });
    };
    const auto first = std::ranges::find_if(log, meets);
    met.push_back({"milestones." + milestone.name, first == log.end()
                                                       ? std::numeric_limits<double>::infinity()
                                                       : static_cast<double>(first->examples)});
  }
  return met;
}

std::string source_revision() {
  // The ledger itself and pages about it are no source of a number.
  const std::string command = fmt::format(
      "cd {} && git describe --always --abbrev=12 --exclude='*' 2>/dev/null && "
      "(git diff --quiet HEAD -- . ':!results' ':!weights' ':!*.md' ':!*.svg' || echo -dirty)",
      shell_word(home().string()));
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return "unknown";
  std::string text;
  std::array<char, 128> line{};
  while (std::fgets(line.data(), line.size(), pipe)) text += line.data();
  pclose(pipe);
  std::erase(text, '\n');
  return text.empty() ? "unknown" : text;
}

nlohmann::ordered_json describe_machine(const std::string& device, int64_t threads) {
  nlohmann::ordered_json machine = {{"libtorch", TORCH_VERSION},
                                    {"processor", processor_name()},
                                    {"device", device},
                                    {"threads", threads}};
  return machine;
}

std::string build_advice() {
  const std::string type = ZOO_BUILD_TYPE;
  return type == "Release" ? "" : "slow; `./zoo build` makes the optimised one";
}

std::string training_summary(int64_t steps, int64_t batch_size, double seconds,
                             std::optional<double> waited) {
  auto text = fmt::format("trained {} steps in {}", steps, format_duration(seconds));
  if (seconds > 0) {
    text += fmt::format(", {} examples/s",
                        format_count(static_cast<double>(steps * batch_size) / seconds));
  }
  if (waited) text += fmt::format(", {:.1f}% of the time waiting for data", 100 * *waited);
  return text;
}

std::optional<nlohmann::ordered_json> train_and_record(Session& session, const RunFolder& folder,
                                                       const RunInfo& info) {
  const auto& experiment = session.experiment;
  const std::string hash = hash_experiment(experiment);
  RunningReport report(folder, *session.task);
  const auto trained = train(session, folder, run_identity(experiment), report);
  if (trained.end == TrainingEnd::kInterrupted) return std::nullopt;
  Metrics metrics = evaluate_all(session);
  if (interrupted()) return std::nullopt;
  const Metrics met = milestones_met(experiment, read_log(folder.path()));
  metrics.insert(metrics.end(), met.begin(), met.end());
  const auto verdicts = judge(experiment, metrics);
  write_safetensors(folder.weights(), session.task->weights(),
                    {{"format", "pt"},
                     {"experiment", info.experiment},
                     {"config", write_experiment(experiment)}});
  nlohmann::ordered_json result = {{"experiment", info.experiment},
                                   {"config_hash", hash},
                                   {"seed", experiment.seed},
                                   {"steps", trained.state.step},
                                   {"examples", trained.state.step * experiment.trainer.batch_size},
                                   {"seconds", trained.state.seconds},
                                   {"seconds_waited_for_data", trained.seconds_waited},
                                   {"metrics", json_of(metrics)},
                                   {"pass", all_pass(verdicts)},
                                   {"weights", hash_file(folder.weights())},
                                   {"machine", describe_machine(info.device, info.threads)},
                                   {"source", source_revision()},
                                   {"command", info.command}};
  const auto signatures = session.task->signatures();
  if (!signatures.empty()) result["signatures"] = signatures;
  // Last: a run with a result is finished.
  write_file(folder.result(), result.dump(2) + "\n");
  if (const auto complaint = report.finish(trained.state.step))
    fmt::print(stderr, "zoo: {}\n", *complaint);
  print_result(metrics, verdicts, signatures);
  return result;
}

}  // namespace zoo
