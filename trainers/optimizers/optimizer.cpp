#include "zoo/trainers/optimizers/optimizer.h"

#include <ATen/Dispatch.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace zoo {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

// The fused kernels walk memory in order and do not look at strides. Where a size is 1 its stride
// means nothing, and autograd gives it any value.
void check_strides(const Tensor& parameter, const Tensor& gradient) {
  bool same = parameter.sizes() == gradient.sizes();
  for (int64_t i = 0; same && i < parameter.dim(); ++i) {
    same = parameter.size(i) == 1 || parameter.stride(i) == gradient.stride(i);
  }
  TORCH_CHECK(same, "Optimizer: a gradient of sizes ", gradient.sizes(), " and strides ",
              gradient.strides(), " does not fit its parameter of sizes ", parameter.sizes(),
              " and strides ", parameter.strides());
}

// What the optimisers share: parameters, their moments by name, and leaving out what has no
// gradient in a step.
class MomentOptimizer : public Optimizer {
 public:
  MomentOptimizer(const NamedTensors& parameters, std::vector<std::string> moments)
      : moment_names_(std::move(moments)), moments_(moment_names_.size()) {
    for (const auto& [name, tensor] : parameters) {
      names_.push_back(name);
      parameters_.push_back(tensor);
      for (auto& moment : moments_) moment.push_back(torch::zeros_like(tensor));
    }
  }

  void step(const Tensors& gradients, double learning_rate, const Tensor& skip) override {
    TORCH_CHECK(gradients.size() == parameters_.size(), "Optimizer: there are ", parameters_.size(),
                " parameters, got ", gradients.size(), " gradients");
    // On the CPU nothing is waited for by looking, and the moments stay as they are too.
    if (skip.is_cpu() && skip.item<float>() != 0) return;
    torch::NoGradGuard no_grad;
    Tensors parameters, used;
    std::vector<Tensors> moments(moments_.size());
    for (size_t i = 0; i < gradients.size(); ++i) {
      if (!gradients[i].defined()) continue;
      check_strides(parameters_[i], gradients[i]);
      parameters.push_back(parameters_[i]);
      used.push_back(gradients[i]);
      for (size_t m = 0; m < moments.size(); ++m) moments[m].push_back(moments_[m][i]);
    }
    if (!used.empty()) update(parameters, used, moments, learning_rate, skip);
  }

  NamedTensors state() override {
    NamedTensors state;
    for (size_t m = 0; m < moments_.size(); ++m) {
      for (size_t i = 0; i < names_.size(); ++i) {
        state.push_back({moment_names_[m] + "/" + names_[i], moments_[m][i]});
      }
    }
    return state;
  }

 protected:
  virtual void update(const Tensors& parameters, const Tensors& gradients,
                      std::vector<Tensors>& moments, double learning_rate, const Tensor& skip) = 0;

 private:
  std::vector<std::string> names_;
  Tensors parameters_;
  std::vector<std::string> moment_names_;
  std::vector<Tensors> moments_;
};

// Graves (2013), arXiv:1308.0850, eq. 38 to 41, for n elements in the order of memory: one pass
// instead of a dozen, which for large models is a matter of memory bandwidth.
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

class Rmsprop final : public MomentOptimizer {
 public:
  Rmsprop(const RmspropOptions& options, const NamedTensors& parameters)
      : MomentOptimizer(parameters, {"mean_square", "mean", "update"}), options_(options) {}

 protected:
  void update(const Tensors& parameters, const Tensors& gradients, std::vector<Tensors>& moments,
              double learning_rate, const Tensor& skip) override {
    for (size_t i = 0; i < parameters.size(); ++i) {
      update_one(parameters[i], gradients[i], moments[0][i], moments[1][i], moments[2][i],
                 learning_rate, skip);
    }
  }

 private:
  void update_one(const Tensor& parameter, const Tensor& gradient, const Tensor& mean_square,
                  const Tensor& mean, const Tensor& change, double learning_rate,
                  const Tensor& skip) const {
    const auto type = parameter.scalar_type();
    const bool plain = type == torch::kFloat || type == torch::kDouble;
    if (parameter.is_cpu() && plain && parameter.is_non_overlapping_and_dense()) {
      AT_DISPATCH_FLOATING_TYPES(type, "rmsprop", [&] {
        rmsprop_on_array(options_, learning_rate, parameter.numel(), parameter.data_ptr<scalar_t>(),
                         gradient.const_data_ptr<scalar_t>(), mean_square.data_ptr<scalar_t>(),
                         mean.data_ptr<scalar_t>(), change.data_ptr<scalar_t>());
      });
      return;
    }
    mean_square.mul_(options_.decay).addcmul_(gradient, gradient, 1 - options_.decay);
    mean.mul_(options_.decay).add_(gradient, 1 - options_.decay);
    const Tensor variance = (mean_square - mean * mean).clamp_min(0);
    change.mul_(options_.momentum)
        .addcdiv_(gradient, torch::sqrt(variance + options_.epsilon), -learning_rate);
    // A product would not do: 0 times a change that is not finite is not 0.
    parameter.add_(change.masked_fill(skip != 0, 0));
  }

  RmspropOptions options_;
};

class Adam final : public MomentOptimizer {
 public:
  Adam(const AdamOptions& options, const NamedTensors& parameters)
      : MomentOptimizer(parameters, {"mean", "mean_square"}), options_(options) {
    for (const auto& [name, tensor] : parameters) {
      names_.push_back(name);
      steps_.push_back(torch::zeros({}, tensor.options().dtype(torch::kFloat)));
    }
  }

  void step(const Tensors& gradients, double learning_rate, const Tensor& skip) override {
    used_steps_.clear();
    for (size_t i = 0; i < gradients.size(); ++i) {
      if (gradients[i].defined()) used_steps_.push_back(steps_[i]);
    }
    MomentOptimizer::step(gradients, learning_rate, skip);
  }

  NamedTensors state() override {
    auto state = MomentOptimizer::state();
    for (size_t i = 0; i < names_.size(); ++i) state.push_back({"steps/" + names_[i], steps_[i]});
    return state;
  }

 protected:
  void update(const Tensors& parameters, const Tensors& gradients, std::vector<Tensors>& moments,
              double learning_rate, const Tensor& skip) override {
    torch::_foreach_add_(used_steps_, 1);
    at::_fused_adamw_(parameters, gradients, moments[0], moments[1], {}, used_steps_, learning_rate,
                      options_.beta1, options_.beta2, options_.weight_decay, options_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, {}, skip);
  }

 private:
  AdamOptions options_;
  std::vector<std::string> names_;
  Tensors steps_;  // updates that each parameter has had
  Tensors used_steps_;
};

class Sgd final : public MomentOptimizer {
 public:
  Sgd(const SgdOptions& options, const NamedTensors& parameters)
      : MomentOptimizer(parameters, options.momentum > 0 ? std::vector<std::string>{"update"}
                                                         : std::vector<std::string>{}),
        options_(options) {}

 protected:
  void update(const Tensors& parameters, const Tensors& gradients, std::vector<Tensors>& moments,
              double learning_rate, const Tensor& skip) override {
    // Moments start at zero, so that the first step is like every other.
    at::_fused_sgd_(parameters, gradients, moments.empty() ? Tensors() : moments[0],
                    /*weight_decay=*/0, options_.momentum, learning_rate, /*dampening=*/0,
                    options_.nesterov, /*maximize=*/false, /*is_first_step=*/false, {}, skip);
  }

 private:
  SgdOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const NamedTensors& parameters) {
  TORCH_CHECK(!parameters.empty(), "Optimizer: there is no parameter to train");
  if (const auto* rmsprop = std::get_if<RmspropOptions>(&options)) {
    return std::make_unique<Rmsprop>(*rmsprop, parameters);
  }
  if (const auto* adam = std::get_if<AdamOptions>(&options)) {
    return std::make_unique<Adam>(*adam, parameters);
  }
  return std::make_unique<Sgd>(std::get<SgdOptions>(options), parameters);
}

double learning_rate_of(const OptimizerOptions& options) {
  return std::visit([](const auto& each) { return each.learning_rate; }, options);
}

double schedule_factor(const ScheduleOptions& schedule, int64_t step, int64_t steps) {
  if (const auto* stairs = std::get_if<StepSchedule>(&schedule)) {
    return std::pow(stairs->factor, static_cast<double>(step / stairs->every));
  }
  if (const auto* cosine = std::get_if<CosineSchedule>(&schedule)) {
    if (step < cosine->warmup) return static_cast<double>(step + 1) / (cosine->warmup + 1);
    const double span = static_cast<double>(std::max<int64_t>(steps - 1 - cosine->warmup, 1));
    const double done = std::min(1.0, static_cast<double>(step - cosine->warmup) / span);
    return cosine->final_factor +
           (1 - cosine->final_factor) * 0.5 * (1 + std::cos(std::numbers::pi * done));
  }
  return 1;
}

}  // namespace zoo
