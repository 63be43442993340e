// Optimisers on lists of tensors.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "zoo/models/safetensors/safetensors.h"
#include "zoo/trainers/optimizers/optimizer_options.h"

namespace zoo {

/// Turns gradients into updates of the parameters that it was made for.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One update. Gradients are in the order of the parameters, dense and of their strides; an
  /// undefined gradient leaves its parameter and its state as they are. `skip` is a 0-d float32
  /// tensor on their device: unless it is 0, no parameter changes; the host never waits for it.
  virtual void step(const std::vector<torch::Tensor>& gradients, double learning_rate,
                    const torch::Tensor& skip) = 0;

  /// Moments and counters, sharing storage, named after the parameters.
  virtual NamedTensors state() = 0;
};

/// The parameters must stay where they are as long as the optimiser is used.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const NamedTensors& parameters);

/// The rate that stands in the options.
double learning_rate_of(const OptimizerOptions& options);

}  // namespace zoo
