#include "zoo/trainers/update.h"

#include <limits>
#include <utility>

#include "zoo/trainers/optimizers/schedule.h"

namespace zoo {
namespace {

using torch::Tensor;

std::vector<Tensor> defined(const std::vector<Tensor>& gradients) {
  std::vector<Tensor> result;
  for (const auto& gradient : gradients) {
    if (gradient.defined()) result.push_back(gradient);
  }
  return result;
}

Tensor global_norm(const std::vector<Tensor>& gradients) {
  return torch::linalg_vector_norm(torch::stack(torch::_foreach_norm(gradients)));
}

}  // namespace

Update::Update(NamedTensors parameters, const TrainerOptions& options)
    : parameters_(std::move(parameters)),
      options_(options),
      optimizer_(make_optimizer(options.optimizer, parameters_)),
      first_non_finite_(torch::full(
          {}, -1, torch::TensorOptions(torch::kLong).device(parameters_[0].second.device()))) {}

Tensor Update::apply(const Tensor& loss, int64_t step) {
  for (const auto& parameter : parameters_) parameter.second.mutable_grad().reset();
  loss.backward();
  torch::NoGradGuard no_grad;
  std::vector<Tensor> gradients;
  for (const auto& parameter : parameters_) gradients.push_back(parameter.second.grad());
  const auto present = defined(gradients);
  TORCH_CHECK(!present.empty(), "Update: the loss depends on no parameter");
  const Tensor norm = global_norm(present);
  const Tensor skip = watch(loss.detach(), norm, step);
  if (skip.is_cpu() && skip.item<float>() != 0) return norm;
  if (options_.clip_value > 0) {
    torch::_foreach_clamp_min_(present, -options_.clip_value);
    torch::_foreach_clamp_max_(present, options_.clip_value);
  }
  if (options_.clip_norm > 0) {
    const Tensor size = options_.clip_value > 0 ? global_norm(present) : norm;
    const Tensor factor = (options_.clip_norm / (size + 1e-6)).clamp_max(1);
    // On the CPU it costs nothing to ask, and a pass over all gradients to multiply them by 1.
    if (!factor.is_cpu() || factor.item<double>() < 1) torch::_foreach_mul_(present, factor);
  }
  const double rate = learning_rate_of(options_.optimizer) *
                      schedule_factor(options_.schedule, step, options_.steps);
  optimizer_->step(gradients, rate, skip);
  next_step_ = step + 1;
  return norm;
}

// A 0-d float32 tensor: 1 once something was not finite, else 0.
Tensor Update::watch(const Tensor& loss, const Tensor& norm, int64_t step) {
  const Tensor broken = torch::logical_not(torch::isfinite(loss + norm));
  first_non_finite_.copy_(
      torch::where(torch::logical_and(broken, first_non_finite_ < 0), step, first_non_finite_));
  return (first_non_finite_ >= 0).to(torch::kFloat);
}

std::optional<int64_t> Update::first_non_finite_step() const {
  const auto step = first_non_finite_.item<int64_t>();
  if (step >= 0) return step;
  torch::NoGradGuard no_grad;
  std::vector<Tensor> parameters;
  for (const auto& [name, parameter] : parameters_) {
    if (parameter.numel() > 0) parameters.push_back(parameter);
  }
  const auto largest = torch::_foreach_norm(parameters, std::numeric_limits<double>::infinity());
  const bool sound = torch::isfinite(torch::stack(largest)).all().item<bool>();
  return sound ? std::nullopt : std::optional(next_step_);
}

NamedTensors Update::state() { return optimizer_->state(); }

}  // namespace zoo
