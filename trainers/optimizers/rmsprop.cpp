#include "zoo/trainers/optimizers/rmsprop.h"

#include <ATen/Dispatch.h>

#include <cmath>

namespace zoo {
namespace {

// Eq. 38 to 41 for n elements in the order of memory.
template <class Scalar>
void rmsprop_on_array(const RmspropOptions& options, double learning_rate, int64_t n,
                      Scalar* parameter, const Scalar* gradient, Scalar* mean_square, Scalar* mean,
                      Scalar* change) {
  const auto decay = static_cast<Scalar>(options.decay);
  const auto fresh = static_cast<Scalar>(1 - options.decay);
  const auto momentum = static_cast<Scalar>(options.momentum);
  const auto epsilon = static_cast<Scalar>(options.epsilon);
  const auto rate = static_cast<Scalar>(learning_rate);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const Scalar g = gradient[i];
    mean_square[i] = decay * mean_square[i] + fresh * g * g;
    mean[i] = decay * mean[i] + fresh * g;
    const Scalar difference = mean_square[i] - mean[i] * mean[i];
    const Scalar variance = difference > 0 ? difference : 0;  // rounding can make it negative
    change[i] = momentum * change[i] - rate * g / std::sqrt(variance + epsilon);
    parameter[i] += change[i];
  }
}

}  // namespace

Rmsprop::Rmsprop(const RmspropOptions& options, const NamedTensors& parameters)
    : MomentOptimizer(parameters, {"mean_square", "mean", "update"}), options_(options) {}

void Rmsprop::update(const Tensors& parameters, const Tensors& gradients,
                     std::vector<Tensors>& moments, double learning_rate,
                     const torch::Tensor& skip) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    update_one(parameters[i], gradients[i], moments[0][i], moments[1][i], moments[2][i],
               learning_rate, skip);
  }
}

void Rmsprop::update_one(const torch::Tensor& parameter, const torch::Tensor& gradient,
                         const torch::Tensor& mean_square, const torch::Tensor& mean,
                         const torch::Tensor& change, double learning_rate,
                         const torch::Tensor& skip) const {
  if (is_dense_array(parameter)) {
    AT_DISPATCH_FLOATING_TYPES(parameter.scalar_type(), "rmsprop", [&] {
      rmsprop_on_array(options_, learning_rate, parameter.numel(), parameter.data_ptr<scalar_t>(),
                       gradient.const_data_ptr<scalar_t>(), mean_square.data_ptr<scalar_t>(),
                       mean.data_ptr<scalar_t>(), change.data_ptr<scalar_t>());
    });
    return;
  }
  mean_square.mul_(options_.decay).addcmul_(gradient, gradient, 1 - options_.decay);
  mean.mul_(options_.decay).add_(gradient, 1 - options_.decay);
  const torch::Tensor variance = (mean_square - mean * mean).clamp_min(0);
  change.mul_(options_.momentum)
      .addcdiv_(gradient, torch::sqrt(variance + options_.epsilon), -learning_rate);
  // A product would not do: 0 times a change that is not finite is not 0.
  parameter.add_(change.masked_fill(skip != 0, 0));
}

}  // namespace zoo
