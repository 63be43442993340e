#include "zoo/apps/zoo/run_folder.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/config/problems.h"
#include "zoo/apps/config/suggest.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/shell_word.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

void make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw storage_error("make the run folder", path, error.value());
}

// Runs that start in the same second are told apart by a number.
fs::path make_fresh_folder(const std::string& experiment) {
  const fs::path parent = home() / "runs" / experiment;
  make_folders(parent);
  const std::time_t seconds = std::time(nullptr);
  const auto now = fmt::format("{:%Y-%m-%d_%H-%M-%S}", *std::localtime(&seconds));
  fs::path folder = parent / now;
  std::error_code error;
  // Only one process can be the one that makes a folder.
  for (int number = 2; !fs::create_directory(folder, error); ++number) {
    if (error) throw storage_error("make the run folder", folder, error.value());
    folder = parent / fmt::format("{}_{}", now, number);
  }
  return folder;
}

bool holds_run(const fs::path& folder) {
  std::error_code unknown;
  return !folder.empty() && fs::exists(folder / "config.yaml", unknown);
}

// Not a path that leads out of runs/.
bool may_be_name(const std::string& text) {
  const fs::path path(text);
  return !text.empty() && path.is_relative() &&
         std::ranges::none_of(path,
                              [](const fs::path& part) { return part == ".." || part == "."; });
}

// Newest by the time at which it was finished: names of folders can be anybody's choice.
std::optional<fs::path> newest_finished_run(const fs::path& runs) {
  std::optional<fs::path> newest;
  fs::file_time_type newest_time;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(runs, missing)) {
    const RunFolder folder(entry.path());
    if (!folder.finished()) continue;
    const auto time = fs::last_write_time(folder.result());
    if (newest && time <= newest_time) continue;
    newest = entry.path();
    newest_time = time;
  }
  return newest;
}

}  // namespace

RunFolder RunFolder::create(const std::string& output, const Experiment& experiment,
                            const RunInfo& info) {
  if (holds_run(output)) {
    throw UsageError(
        fmt::format("{0} holds a run already; `zoo resume {0}` goes on with it, or "
                    "choose another --output",
                    RunFolder(output).shown()));
  }
  std::error_code unknown;
  if (!output.empty() && fs::exists(RunFolder(output).checkpoints(), unknown)) {
    throw UsageError(RunFolder(output).shown() +
                     " holds the checkpoints of a run that has lost its config.yaml; choose "
                     "another --output");
  }
  if (!output.empty()) make_folders(output);
  const RunFolder folder(output.empty() ? make_fresh_folder(experiment.name) : fs::path(output));
  const nlohmann::ordered_json json = {{"experiment", info.experiment},
                                       {"device", info.device},
                                       {"threads", info.threads},
                                       {"command", info.command}};
  write_file(folder.record(), json.dump(2) + "\n");
  write_file(folder.config(), write_experiment(experiment));
  return folder;
}

std::string RunFolder::shown() const {
  const auto relative = path_.lexically_proximate(fs::current_path());
  const bool above = relative.empty() || *relative.begin() == "..";
  return shell_word(above ? path_.string() : relative.string());
}

bool RunFolder::finished() const { return fs::exists(result()); }

RunInfo RunFolder::info() const {
  const fs::path file = record();
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

KeptFiles RunFolder::read_kept() const {
  KeptFiles files;
  if (!fs::is_directory(kept())) return files;
  for (const auto& file : fs::directory_iterator(kept())) {
    files[file.path().filename().string()] = read_file(file.path());
  }
  return files;
}

void RunFolder::write_kept(const KeptFiles& files) const {
  if (files.empty()) return;
  make_folders(kept());
  for (const auto& [name, content] : files) write_file(kept() / name, content);
}

RunLock::RunLock(const RunFolder& folder)
    : descriptor_(::open(folder.record().c_str(), O_RDONLY | O_CLOEXEC)) {
  // File systems that know no locks train without.
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
    return;
  }
  ::close(descriptor_);
  throw UsageError(folder.shown() + " is being trained by another process");
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

fs::path shipped_weights(const std::string& experiment) {
  return home() / "weights" / (experiment + ".safetensors");
}

fs::path find_run(const std::string& run) {
  if (holds_run(run)) return run;
  if (fs::path(run).extension() == ".safetensors") {
    if (fs::is_regular_file(run)) return run;
    throw UsageError("there is no file " + run);
  }
  if (may_be_name(run)) {
    if (const auto newest = newest_finished_run(home() / "runs" / run)) return *newest;
    if (fs::is_regular_file(shipped_weights(run))) return shipped_weights(run);
  }
  std::vector<std::string> names;
  for (const auto& file : find_experiments(home() / "configs")) names.push_back(file.name);
  if (std::ranges::find(names, run) != names.end()) {
    throw UsageError(fmt::format("{0} has no finished run yet; `zoo run {0}` makes one", run));
  }
  if (fs::is_directory(run)) {
    throw UsageError(run + " is not a run folder: it has no config.yaml");
  }
  throw UsageError(fmt::format("there is no run folder, weights file or experiment '{}'{}",
                               shown(run), suggestion(run, names)));
}

}  // namespace zoo
