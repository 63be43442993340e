// The weights that come out of a training.
#pragma once

#include <cstdint>
#include <vector>

#include "zoo/models/safetensors/safetensors.h"
#include "zoo/trainers/checkpoint.h"
#include "zoo/trainers/trainer_options.h"

namespace zoo {

/// The part of a checkpoint that is `Task::weights()`, under the same names.
Safetensors weights_in(const Checkpoint& checkpoint);

/// The steps, in order, whose checkpoints are averaged: the last one and those before it after
/// which `checkpoint_every` wants one, `average_checkpoints` in all, or as many as the training
/// has. Empty if nothing is averaged. Neither interruptions nor evaluations change them.
std::vector<int64_t> averaged_steps(const TrainerOptions& options);

/// The mean of the weights of these checkpoints, Vaswani et al. (2017), arXiv:1706.03762, section
/// 6.1: summed in double precision, in the order of the steps. Tensors of integers are those of the
/// last one. Throws `StorageError` if a checkpoint is missing or damaged.
Safetensors mean_of_weights(const CheckpointStore& checkpoints, const std::vector<int64_t>& steps);

}  // namespace zoo
