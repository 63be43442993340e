#include "zoo/trainers/optimizers/adadelta.h"

#include <ATen/Dispatch.h>

#include <algorithm>
#include <cmath>

namespace zoo {
namespace {

// Algorithm 1, steps 4 to 7, for n elements in the order of memory.
template <class Scalar>
void adadelta_on_array(const AdadeltaOptions& options, double learning_rate, int64_t n,
                       Scalar* parameter, const Scalar* gradient, Scalar* square, Scalar* update) {
  const auto rho = static_cast<Scalar>(options.rho);
  const auto fresh = static_cast<Scalar>(1 - options.rho);
  const auto epsilon = static_cast<Scalar>(options.epsilon);
  const auto rate = static_cast<Scalar>(learning_rate);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const Scalar g = gradient[i];
    square[i] = rho * square[i] + fresh * g * g;
    const Scalar change = std::sqrt((update[i] + epsilon) / (square[i] + epsilon)) * g;
    update[i] = rho * update[i] + fresh * change * change;
    parameter[i] -= rate * change;
  }
}

}  // namespace

Adadelta::Adadelta(const AdadeltaOptions& options, const NamedTensors& parameters)
    : MomentOptimizer(parameters, {"mean_square", "mean_square_update"}), options_(options) {}

void Adadelta::update(const Tensors& parameters, const Tensors& gradients,
                      std::vector<Tensors>& moments, double learning_rate,
                      const torch::Tensor& skip) {
  if (!std::ranges::all_of(parameters, is_dense_array)) {
    return update_lists(parameters, gradients, moments[0], moments[1], learning_rate, skip);
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    AT_DISPATCH_FLOATING_TYPES(parameters[i].scalar_type(), "adadelta", [&] {
      adadelta_on_array(options_, learning_rate, parameters[i].numel(),
                        parameters[i].data_ptr<scalar_t>(), gradients[i].const_data_ptr<scalar_t>(),
                        moments[0][i].data_ptr<scalar_t>(), moments[1][i].data_ptr<scalar_t>());
    });
  }
}

// The same on whole lists, a few launches for all parameters on a device.
void Adadelta::update_lists(const Tensors& parameters, const Tensors& gradients,
                            const Tensors& squares, const Tensors& updates, double learning_rate,
                            const torch::Tensor& skip) const {
  torch::_foreach_mul_(squares, options_.rho);
  torch::_foreach_addcmul_(squares, gradients, gradients, 1 - options_.rho);
  auto changes = torch::_foreach_add(updates, options_.epsilon);
  torch::_foreach_div_(changes, torch::_foreach_add(squares, options_.epsilon));
  torch::_foreach_sqrt_(changes);
  torch::_foreach_mul_(changes, gradients);
  torch::_foreach_mul_(updates, options_.rho);
  torch::_foreach_addcmul_(updates, changes, changes, 1 - options_.rho);
  // A product would not do: 0 times a change that is not finite is not 0.
  for (auto& change : changes) change.masked_fill_(skip != 0, 0);
  torch::_foreach_mul_(changes, learning_rate);
  torch::_foreach_sub_(parameters, changes);
}

}  // namespace zoo
