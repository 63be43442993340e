// Checkpoints of a run: complete or absent, checked before they are believed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zoo/models/safetensors/safetensors.h"

namespace zoo {

/// Where a training stands, beside its tensors.
struct TrainingState {
  int64_t step = 0;       ///< steps done
  double seconds = 0;     ///< of training, over all sessions
  int64_t best_step = 0;  ///< of the best evaluation; 0: none yet
  double best_value = 0;  ///< finite
  int64_t evaluations_since_best = 0;
};

/// One checkpoint as it stands on disk.
struct Checkpoint {
  TrainingState state;
  Safetensors tensors;
};

/// The folder `checkpoints` of a run: `step_<n>/state.safetensors` with every tensor, and
/// `step_<n>/checkpoint.json` with the rest, the checksum of the first and one of its own.
class CheckpointStore {
 public:
  /// `experiment` identifies what is trained; a checkpoint of another one is refused.
  CheckpointStore(std::filesystem::path folder, std::string experiment);

  /// Writes beside, syncs, renames; then removes all but the `keep` newest, the best and those of
  /// the steps `needed`, and removes those of later steps: a run that has come here again passed
  /// them over as damaged. Throws `StorageError` or `SafetensorsError`; older checkpoints stay.
  void save(const TrainingState& state, const NamedTensors& tensors, int64_t keep,
            const std::vector<int64_t>& needed = {});

  /// The newest sound checkpoint. One that is damaged is passed over with a line in `complaints`.
  /// Nothing if there is no checkpoint at all; throws `StorageError` if there are some and none
  /// is sound, or if one is of another experiment.
  std::optional<Checkpoint> read_newest(std::vector<std::string>& complaints) const;

  /// The checkpoint of `step`; throws `StorageError` if it is missing or damaged.
  Checkpoint read(int64_t step) const;

 private:
  std::vector<int64_t> steps() const;  // newest first
  std::filesystem::path folder_of(int64_t step) const;
  void write(const std::filesystem::path& partial, const TrainingState& state,
             const NamedTensors& tensors) const;
  void prune(const TrainingState& state, int64_t keep, const std::vector<int64_t>& needed) const;

  std::filesystem::path folder_;
  std::string experiment_;
};

}  // namespace zoo
