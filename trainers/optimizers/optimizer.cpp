#include "zoo/trainers/optimizers/optimizer.h"

#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

#include <string>
#include <variant>

#include "zoo/trainers/optimizers/adadelta.h"
#include "zoo/trainers/optimizers/moment_optimizer.h"
#include "zoo/trainers/optimizers/rmsprop.h"

namespace zoo {
namespace {

using torch::Tensor;

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
  if (const auto* adadelta = std::get_if<AdadeltaOptions>(&options)) {
    return std::make_unique<Adadelta>(*adadelta, parameters);
  }
  return std::make_unique<Sgd>(std::get<SgdOptions>(options), parameters);
}

double learning_rate_of(const OptimizerOptions& options) {
  return std::visit([](const auto& each) { return each.learning_rate; }, options);
}

}  // namespace zoo
