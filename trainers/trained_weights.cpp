#include "zoo/trainers/trained_weights.h"

#include <torch/types.h>

#include <algorithm>
#include <string>

#include "zoo/trainers/storage/files.h"
#include "zoo/trainers/task.h"

namespace zoo {
namespace {

Safetensors read_weights(const CheckpointStore& checkpoints, int64_t step) {
  try {
    return weights_in(checkpoints.read(step));
  } catch (const StorageError& error) {
    throw StorageError(std::string(error.what()) +
                       "; it is one of those that are averaged: remove the checkpoints of this and "
                       "of all later steps, and the run goes on from the one before");
  }
}

}  // namespace

Safetensors weights_in(const Checkpoint& checkpoint) {
  Safetensors weights;
  for (const auto& [name, tensor] : checkpoint.tensors.tensors) {
    if (!name.starts_with(kWeightsPrefix)) continue;
    weights.tensors.emplace_back(name.substr(kWeightsPrefix.size()), tensor);
  }
  return weights;
}

std::vector<int64_t> averaged_steps(const TrainerOptions& options) {
  if (options.average_checkpoints < 2) return {};
  std::vector<int64_t> steps;
  const int64_t every = options.checkpoint_every;
  for (int64_t step = options.steps; step > 0 && std::ssize(steps) < options.average_checkpoints;
       step = (step - 1) / every * every) {
    steps.push_back(step);
  }
  std::ranges::reverse(steps);
  return steps;
}

Safetensors mean_of_weights(const CheckpointStore& checkpoints, const std::vector<int64_t>& steps) {
  Safetensors mean = read_weights(checkpoints, steps.back());
  std::vector<torch::Tensor> sums(mean.tensors.size());
  for (const int64_t step : steps) {
    const Safetensors weights = read_weights(checkpoints, step);
    for (size_t i = 0; i < sums.size(); ++i) {
      const auto& [name, last] = mean.tensors[i];
      if (!last.is_floating_point()) continue;
      const torch::Tensor* tensor = weights.find(name);
      TORCH_CHECK(tensor, "the checkpoint of step ", step, " has no tensor ", name);
      const torch::Tensor value = tensor->to(torch::kDouble);
      sums[i] = sums[i].defined() ? sums[i].add_(value) : value.clone();
    }
  }
  for (size_t i = 0; i < sums.size(); ++i) {
    auto& tensor = mean.tensors[i].second;
    if (sums[i].defined()) tensor = (sums[i] / std::ssize(steps)).to(tensor.scalar_type());
  }
  return mean;
}

}  // namespace zoo
