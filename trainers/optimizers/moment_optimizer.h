// What the optimisers share that remember something of each parameter.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "zoo/models/safetensors/safetensors.h"
#include "zoo/trainers/optimizers/optimizer.h"

namespace zoo {

/// Parameters and their moments by name; leaves out what has no gradient in a step.
class MomentOptimizer : public Optimizer {
 public:
  /// The moments have the shapes of the parameters and start at zero.
  MomentOptimizer(const NamedTensors& parameters, std::vector<std::string> moments);

  void step(const std::vector<torch::Tensor>& gradients, double learning_rate,
            const torch::Tensor& skip) override;

  NamedTensors state() override;

 protected:
  using Tensors = std::vector<torch::Tensor>;

  /// Updates parameters by gradients of their strides, without recording gradients; `moments` is
  /// one list for each name. On the CPU `skip` is 0 here.
  virtual void update(const Tensors& parameters, const Tensors& gradients,
                      std::vector<Tensors>& moments, double learning_rate,
                      const torch::Tensor& skip) = 0;

 private:
  std::vector<std::string> names_;
  Tensors parameters_;
  std::vector<std::string> moment_names_;
  std::vector<Tensors> moments_;
};

/// Whether one pass over the memory of a parameter, its gradient and its moments can take the place
/// of a dozen operations on tensors, which for large models is a matter of memory bandwidth.
bool is_dense_array(const torch::Tensor& parameter);

}  // namespace zoo
