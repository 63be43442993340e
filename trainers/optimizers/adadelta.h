// Adadelta, Zeiler (2012), arXiv:1212.5701, algorithm 1.
#pragma once

#include <torch/types.h>

#include <vector>

#include "zoo/trainers/optimizers/moment_optimizer.h"
#include "zoo/trainers/optimizers/optimizer_options.h"

namespace zoo {

/// Its state is the running means `mean_square`, E[g^2], and `mean_square_update`, E[dx^2].
class Adadelta final : public MomentOptimizer {
 public:
  Adadelta(const AdadeltaOptions& options, const NamedTensors& parameters);

 protected:
  void update(const Tensors& parameters, const Tensors& gradients, std::vector<Tensors>& moments,
              double learning_rate, const torch::Tensor& skip) override;

 private:
  void update_lists(const Tensors& parameters, const Tensors& gradients, const Tensors& squares,
                    const Tensors& updates, double learning_rate, const torch::Tensor& skip) const;

  AdadeltaOptions options_;
};

}  // namespace zoo
