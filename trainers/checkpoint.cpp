#include "zoo/trainers/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "zoo/trainers/storage/crc32c.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr int kCheckpointFormat = 1;
constexpr const char* kStateFile = "state.safetensors";
constexpr const char* kInfoFile = "checkpoint.json";

// A checkpoint of another experiment is no damage that an older one could mend.
class ForeignCheckpoint : public StorageError {
 public:
  using StorageError::StorageError;
};

std::optional<int64_t> step_of(const std::string& name) {
  constexpr std::string_view kPrefix = "step_";
  int64_t step = 0;
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const char* end = name.data() + name.size();
  const auto result = std::from_chars(name.data() + kPrefix.size(), end, step);
  const bool valid = result.ec == std::errc() && result.ptr == end && step >= 0;
  return valid ? std::optional(step) : std::nullopt;
}

// Of every entry but itself, so that damage to a number is seen too.
uint32_t checksum_of(nlohmann::json info) {
  info.erase("checksum");
  return crc32c(info.dump());
}

nlohmann::json read_info(const fs::path& path) {
  const auto info = nlohmann::json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  if (!info.is_object()) throw StorageError(path.string() + ": this is no JSON object");
  if (info.value("format", 0) != kCheckpointFormat) {
    throw StorageError(path.string() + ": format " + info.value("format", nlohmann::json()).dump() +
                       " is not the format " + std::to_string(kCheckpointFormat) +
                       " that this version reads");
  }
  if (info.at("checksum") != checksum_of(info)) {
    throw StorageError(path.string() + ": the checksum differs; the file is damaged");
  }
  return info;
}

TrainingState state_of(const nlohmann::json& info) {
  return {.step = info.at("step"),
          .seconds = info.at("seconds"),
          .best_step = info.at("best_step"),
          .best_value = info.at("best_value"),
          .evaluations_since_best = info.at("evaluations_since_best")};
}

void check_bytes(const fs::path& path, const nlohmann::json& info) {
  const std::string bytes = read_file(path);
  if (bytes.size() != info.at("bytes").get<size_t>()) {
    throw StorageError(path.string() + ": " + std::to_string(bytes.size()) + " bytes instead of " +
                       info.at("bytes").dump() + "; it is truncated");
  }
  if (crc32c(bytes) != info.at("crc32c").get<uint32_t>()) {
    throw StorageError(path.string() + ": the checksum differs; the file is damaged");
  }
}

}  // namespace

CheckpointStore::CheckpointStore(fs::path folder, std::string experiment)
    : folder_(std::move(folder)), experiment_(std::move(experiment)) {}

fs::path CheckpointStore::folder_of(int64_t step) const {
  return folder_ / ("step_" + std::to_string(step));
}

std::vector<int64_t> CheckpointStore::steps() const {
  std::vector<int64_t> steps;
  std::error_code missing;  // no folder: no checkpoints
  for (const auto& entry : fs::directory_iterator(folder_, missing)) {
    const auto step = step_of(entry.path().filename());
    if (step && folder_of(*step).filename() == entry.path().filename()) steps.push_back(*step);
  }
  std::ranges::sort(steps, std::greater());
  return steps;
}

void CheckpointStore::save(const TrainingState& state, const NamedTensors& tensors, int64_t keep,
                           const std::vector<int64_t>& needed) {
  const fs::path target = folder_of(state.step);
  const fs::path partial = folder_ / ".partial";
  try {
    if (fs::create_directories(folder_)) sync_folder(folder_ / "..");
    fs::remove_all(partial);
    fs::create_directory(partial);
    write(partial, state, tensors);
    fs::remove_all(target);
    fs::rename(partial, target);
    sync_folder(folder_);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw storage_error("write the checkpoint", target, error.code().value());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
  prune(state, keep, needed);
}

void CheckpointStore::write(const fs::path& partial, const TrainingState& state,
                            const NamedTensors& tensors) const {
  write_safetensors(partial / kStateFile, tensors);
  const std::string bytes = read_file(partial / kStateFile);
  nlohmann::json info = {{"format", kCheckpointFormat},
                         {"experiment", experiment_},
                         {"step", state.step},
                         {"seconds", state.seconds},
                         {"best_step", state.best_step},
                         {"best_value", state.best_value},
                         {"evaluations_since_best", state.evaluations_since_best},
                         {"bytes", bytes.size()},
                         {"crc32c", crc32c(bytes)}};
  info["checksum"] = checksum_of(info);
  write_file(partial / kInfoFile, info.dump(2) + "\n");
  sync_folder(partial);
}

void CheckpointStore::prune(const TrainingState& state, int64_t keep,
                            const std::vector<int64_t>& needed) const {
  int64_t kept = 0;
  for (const int64_t step : steps()) {
    const bool later = step > state.step;
    const bool is_needed =
        step == state.best_step || std::ranges::find(needed, step) != needed.end();
    if (!later && (kept++ < keep || is_needed)) continue;
    std::error_code ignored;  // one checkpoint too many harms nobody
    fs::remove_all(folder_of(step), ignored);
  }
}

Checkpoint CheckpointStore::read(int64_t step) const {
  const fs::path folder = folder_of(step);
  const fs::path state_file = folder / kStateFile;
  try {
    const auto info = read_info(folder / kInfoFile);
    if (info.at("experiment") != experiment_) {
      throw ForeignCheckpoint(folder.string() +
                              ": this checkpoint is of another experiment or configuration; "
                              "restore the run's own config.yaml, or start a new run");
    }
    check_bytes(state_file, info);
    return {state_of(info), read_safetensors(state_file)};
  } catch (const nlohmann::json::exception&) {
    throw StorageError((folder / kInfoFile).string() + ": an entry is missing or of another type");
  } catch (const SafetensorsError& error) {
    throw StorageError(error.what());
  }
}

std::optional<Checkpoint> CheckpointStore::read_newest(std::vector<std::string>& complaints) const {
  const auto all = steps();
  for (const int64_t step : all) {
    try {
      return read(step);
    } catch (const ForeignCheckpoint&) {
      throw;
    } catch (const StorageError& error) {
      complaints.push_back(std::string(error.what()) + "; trying the checkpoint before");
    }
  }
  if (all.empty()) return std::nullopt;
  throw StorageError(folder_.string() + ": none of the " + std::to_string(all.size()) +
                     " checkpoints is sound; the last problem: " + complaints.back());
}

}  // namespace zoo
