// What a run leaves on disk, and how a run is found again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "zoo/datasets/dataset.h"
#include "zoo/trainers/experiment.h"

namespace zoo {

/// The file run.json: what the configuration does not say.
struct RunInfo {
  std::string experiment;  ///< its name
  std::string device;
  int64_t threads = 1;
  std::string command;  ///< that started the run
};

/// config.yaml, run.json, kept/, metrics.*, samples.json, report.html, checkpoints/, and when done
/// weights.safetensors, result.json.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  /// Makes the folder with its configuration: `output`, or runs/<experiment>/<time> below
  /// `home()` if that is empty. Throws `UsageError` if the folder holds a run already,
  /// `StorageError` if it cannot be made.
  static RunFolder create(const std::string& output, const Experiment& experiment,
                          const RunInfo& info);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.yaml"; }
  std::filesystem::path record() const { return path_ / "run.json"; }
  std::filesystem::path weights() const { return path_ / "weights.safetensors"; }
  std::filesystem::path result() const { return path_ / "result.json"; }
  std::filesystem::path report() const { return path_ / "report.html"; }
  std::filesystem::path kept() const { return path_ / "kept"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  /// As it can be typed in a shell from here.
  std::string shown() const;

  bool finished() const;
  /// Throws `StorageError` if run.json is missing or damaged.
  RunInfo info() const;

  /// The files below kept/: what was learned from the data before training.
  KeptFiles read_kept() const;
  void write_kept(const KeptFiles& files) const;

 private:
  std::filesystem::path path_;
};

/// Keeps other processes from training in a run folder; the system lifts it when this one ends.
class RunLock {
 public:
  /// Throws `UsageError` if another process holds it.
  explicit RunLock(const RunFolder& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_;
};

/// Where the project keeps trained weights of an experiment, if it has any:
/// weights/<experiment>.safetensors.
std::filesystem::path shipped_weights(const std::string& experiment);

/// What RUN means: a run folder, a weights file, or an experiment's newest finished run, else its
/// shipped weights. The result names a folder or a .safetensors file. Throws `UsageError`.
std::filesystem::path find_run(const std::string& run);

}  // namespace zoo
