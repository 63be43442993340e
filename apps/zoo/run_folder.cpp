#include "zoo/apps/zoo/run_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <vector>

#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/config/suggest.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

// Runs that start in the same second are told apart by a number.
fs::path fresh_folder(const std::string& experiment) {
  const fs::path parent = home() / "runs" / experiment;
  const std::time_t seconds = std::time(nullptr);
  const auto now = fmt::format("{:%Y-%m-%d_%H-%M-%S}", *std::localtime(&seconds));
  fs::path folder = parent / now;
  for (int number = 2; fs::exists(folder); ++number) {
    folder = parent / fmt::format("{}_{}", now, number);
  }
  return folder;
}

bool holds_run(const fs::path& folder) { return fs::exists(folder / "config.yaml"); }

}  // namespace

RunFolder RunFolder::create(const std::string& output, const Experiment& experiment,
                            const RunInfo& info) {
  const RunFolder folder(output.empty() ? fresh_folder(experiment.name) : fs::path(output));
  const fs::path& path = folder.path();
  if (holds_run(path)) {
    throw UsageError(fmt::format("{0} holds a run already; `zoo resume {0}` goes on with it, or "
                                 "choose another --output",
                                 folder.shown()));
  }
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw storage_error("make the run folder", path, error.value());
  const nlohmann::ordered_json json = {{"experiment", info.experiment},
                                       {"device", info.device},
                                       {"threads", info.threads},
                                       {"command", info.command}};
  write_file(path / "run.json", json.dump(2) + "\n");
  write_file(folder.config(), write_experiment(experiment));
  return folder;
}

std::string RunFolder::shown() const {
  const auto relative = path_.lexically_proximate(fs::current_path());
  return relative.empty() || *relative.begin() == ".." ? path_.string() : relative.string();
}

bool RunFolder::finished() const { return fs::exists(result()); }

RunInfo RunFolder::info() const {
  const fs::path file = path_ / "run.json";
  const auto json = nlohmann::json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  try {
    return {.experiment = json.at("experiment"),
            .device = json.at("device"),
            .threads = json.at("threads"),
            .command = json.at("command")};
  } catch (const nlohmann::json::exception&) {
    throw StorageError(file.string() + ": this is not the record of a run");
  }
}

fs::path find_run(const std::string& run) {
  if (fs::is_directory(run)) {
    if (holds_run(run)) return run;
    // A folder of runs/ without a run in it is an experiment's name typed as a path.
    throw UsageError(run + " is not a run folder: it has no config.yaml");
  }
  if (fs::path(run).extension() == ".safetensors") {
    if (fs::is_regular_file(run)) return run;
    throw UsageError("there is no file " + run);
  }
  std::vector<fs::path> finished;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(home() / "runs" / run, missing)) {
    if (RunFolder(entry.path()).finished()) finished.push_back(entry.path());
  }
  if (!finished.empty()) return *std::ranges::max_element(finished);
  std::vector<std::string> names;
  for (const auto& file : find_experiments(home() / "configs")) names.push_back(file.name);
  if (std::ranges::find(names, run) != names.end()) {
    throw UsageError(fmt::format("{0} has no finished run yet; `zoo run {0}` makes one", run));
  }
  throw UsageError(fmt::format("there is no run folder, weights file or experiment '{}'{}", run,
                               suggestion(run, names)));
}

}  // namespace zoo
