// An experiment brought to life: its task, with the model's weights where there are some.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "zoo/apps/zoo/commands.h"
#include "zoo/trainers/catalogue.h"
#include "zoo/trainers/experiment.h"
#include "zoo/trainers/task.h"

namespace zoo {

struct Session {
  Experiment experiment;
  std::unique_ptr<Task> task;
};

/// Everything in this build.
const Catalogue& catalogue();

/// The experiment that a name or file means, with the changes of `--set` and `--seed`. The
/// config.yaml of a run folder keeps the name of the run's experiment.
Experiment find_experiment(const Arguments& arguments);

/// Tells whose checkpoints are whose: everything in the configuration, the seed too.
std::string run_identity(const Experiment& experiment);

/// Sets the number of threads, checks the device and builds the task with fresh weights.
/// Throws `UsageError` for a device that this machine or build does not have.
Session start_session(Experiment experiment, const std::string& device, int64_t threads);

/// A run folder or weights file, as `find_run` gives it, with its weights: those at the end of a
/// finished run, else those of the newest sound checkpoint. `arguments.set` changes the
/// configuration. Throws `StorageError`, `SafetensorsError`.
Session open_run(const std::filesystem::path& run, const Arguments& arguments);

}  // namespace zoo
