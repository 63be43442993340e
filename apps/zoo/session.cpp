#include "zoo/apps/zoo/session.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <stdexcept>
#include <utility>

#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/config/problems.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/models/safetensors/safetensors.h"
#include "zoo/trainers/checkpoint.h"
#include "zoo/trainers/storage/files.h"
#include "zoo/trainers/trained_weights.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace zoo {
namespace {

namespace fs = std::filesystem;

void check_device(const std::string& name) {
  try {
    const torch::Device device(name);
    if (device.is_cpu()) return;
    if (device.is_cuda()) {
      const auto count = static_cast<int64_t>(torch::cuda::device_count());
      if (device.index() < count && count > 0) return;
      throw UsageError(count == 0 ? "there is no CUDA device here, or LibTorch was built without "
                                    "CUDA; `zoo doctor` tells which"
                                  : fmt::format("there is no device '{}'; this machine has {} "
                                                "CUDA devices",
                                                name, count));
    }
  } catch (const c10::Error&) {
    // Not a name of any device.
  }
  throw UsageError(fmt::format("there is no device '{}'; known are cpu, cuda and cuda:<n>", name));
}

// Every step of training asks for the same blocks as the one before. By default glibc gives large
// ones back to the system, which clears their pages anew: up to a tenth of a small model's step.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargestOfItsOwn = 32 << 20;  // bytes, the most that glibc allows
  mallopt(M_MMAP_THRESHOLD, kLargestOfItsOwn);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

// A weights file carries its configuration; the reader wants a file.
Experiment experiment_of_weights(const fs::path& weights, const std::vector<std::string>& set) {
  const auto metadata = read_safetensors(weights).metadata;
  if (!metadata.contains("config") || !metadata.contains("experiment")) {
    throw StorageError(weights.string() +
                       ": these weights carry no configuration, so no run of this program wrote "
                       "them");
  }
  const fs::path file = fs::temp_directory_path() / fmt::format("zoo-{}.yaml", getpid());
  write_file(file, metadata.at("config"));
  try {
    auto experiment = read_experiment(file, metadata.at("experiment"), set, catalogue());
    fs::remove(file);
    return experiment;
  } catch (const ConfigError& error) {
    fs::remove(file);
    auto problems = error.problems;
    for (auto& problem : problems) {
      if (problem.starts_with(file.string())) problem.replace(0, file.string().size(), weights);
    }
    throw ConfigError(problems);
  }
}

void load_checkpoint(Session& session, const RunFolder& folder) {
  // The identity is that of the run as it was trained, whatever --set has changed since.
  const auto trained = read_experiment(folder.config(), "", {}, catalogue());
  std::vector<std::string> complaints;
  const auto checkpoint =
      CheckpointStore(folder.checkpoints(), run_identity(trained)).read_newest(complaints);
  for (const auto& complaint : complaints) fmt::print(stderr, "zoo: {}\n", complaint);
  if (!checkpoint) throw StorageError(folder.shown() + ": the run has no checkpoint yet");
  load_weights(session.task->weights(), weights_in(*checkpoint), folder.shown());
}

// Names the folder of what was kept if that is of no use.
void check_kept(const Task& task, const RunFolder& folder) {
  try {
    task.kept_files();
  } catch (const std::runtime_error& error) {
    throw StorageError(fmt::format("{}/kept: {}", folder.shown(), error.what()));
  }
}

}  // namespace

const Catalogue& catalogue() {
  static const Catalogue catalogue = make_catalogue();
  return catalogue;
}

Experiment find_experiment(const Arguments& arguments) {
  auto file = resolve_experiment(arguments.target, home() / "configs");
  const RunFolder folder(file.path.parent_path());
  const bool is_of_run = file.path == folder.config() && fs::exists(folder.record());
  if (is_of_run) file.name = folder.info().experiment;
  auto set = arguments.set;
  if (arguments.seed) set.push_back(fmt::format("seed={}", *arguments.seed));
  return read_experiment(file.path, file.name, set, catalogue());
}

std::string run_identity(const Experiment& experiment) {
  return fmt::format("{}-{}", hash_experiment(experiment), experiment.seed);
}

Session start_session(Experiment experiment, const std::string& device, int64_t threads) {
  check_device(device);
  keep_freed_memory();
  at::set_num_threads(static_cast<int>(threads));
  const auto* task = catalogue().task(experiment.task.name);
  auto made = task->make.at(experiment.model.name)(experiment, device);
  return {std::move(experiment), std::move(made)};
}

Session open_run(const fs::path& run, const Arguments& arguments) {
  const std::string device = arguments.device.empty() ? "cpu" : arguments.device;
  const int64_t threads = std::max<int64_t>(arguments.threads, 1);
  const bool is_file = run.extension() == ".safetensors";
  const RunFolder folder(run);
  auto experiment = is_file ? experiment_of_weights(run, arguments.set)
                            : read_experiment(folder.config(), folder.info().experiment,
                                              arguments.set, catalogue());
  if (!is_file) experiment.kept_files = folder.read_kept();
  auto session = start_session(std::move(experiment), device, threads);
  if (!session.experiment.kept_files.empty()) check_kept(*session.task, folder);
  if (is_file || fs::exists(folder.weights())) {
    const fs::path weights = is_file ? run : folder.weights();
    load_weights(session.task->weights(), read_safetensors(weights), weights.string());
  } else {
    load_checkpoint(session, folder);
  }
  return session;
}

}  // namespace zoo
