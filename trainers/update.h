// The one place where gradients become updates: reduced, checked, clipped, applied.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "zoo/models/safetensors/safetensors.h"
#include "zoo/trainers/optimizers/optimizer.h"
#include "zoo/trainers/trainer_options.h"

namespace zoo {

/// Trains a set of parameters. A task with one loss has one; an adversarial task has two.
class Update {
 public:
  Update(NamedTensors parameters, const TrainerOptions& options);

  /// Clears the gradients, differentiates `loss`, a 0-d tensor, and updates the parameters.
  /// Returns the norm of the whole gradient before clipping, 0-d, on the device.
  ///
  /// From the first step on whose loss or gradient is not finite nothing is updated any more:
  /// whoever looks, however late, finds the weights as they were before that step.
  torch::Tensor apply(const torch::Tensor& loss, int64_t step);

  /// That step. If the last update itself has overflowed and left a parameter that is not finite,
  /// the step after it, whose loss cannot be finite. Waits for the device.
  std::optional<int64_t> first_non_finite_step() const;

  /// Moments and counters of the optimiser.
  NamedTensors state();

  const NamedTensors& parameters() const { return parameters_; }

 private:
  torch::Tensor watch(const torch::Tensor& loss, const torch::Tensor& norm, int64_t step);

  NamedTensors parameters_;
  TrainerOptions options_;
  std::unique_ptr<Optimizer> optimizer_;
  int64_t next_step_ = 0;
  torch::Tensor first_non_finite_;  // 0-d int64 on the device; -1 if there is none
};

}  // namespace zoo
