// RMSProp of Graves (2013), arXiv:1308.0850, eq. 38 to 41.
#pragma once

#include <torch/types.h>

#include <vector>

#include "zoo/trainers/optimizers/moment_optimizer.h"
#include "zoo/trainers/optimizers/optimizer_options.h"

namespace zoo {

/// Its state is `mean_square`, `mean` and `update`.
class Rmsprop final : public MomentOptimizer {
 public:
  Rmsprop(const RmspropOptions& options, const NamedTensors& parameters);

 protected:
  void update(const Tensors& parameters, const Tensors& gradients, std::vector<Tensors>& moments,
              double learning_rate, const torch::Tensor& skip) override;

 private:
  void update_one(const torch::Tensor& parameter, const torch::Tensor& gradient,
                  const torch::Tensor& mean_square, const torch::Tensor& mean,
                  const torch::Tensor& change, double learning_rate,
                  const torch::Tensor& skip) const;

  RmspropOptions options_;
};

}  // namespace zoo
