#include "zoo/trainers/optimizers/moment_optimizer.h"

#include <utility>

namespace zoo {
namespace {

// The fused kernels walk memory in order and do not look at strides. Where a size is 1 its stride
// means nothing, and autograd gives it any value.
void check_strides(const torch::Tensor& parameter, const torch::Tensor& gradient) {
  bool same = parameter.sizes() == gradient.sizes();
  for (int64_t i = 0; same && i < parameter.dim(); ++i) {
    same = parameter.size(i) == 1 || parameter.stride(i) == gradient.stride(i);
  }
  TORCH_CHECK(same, "Optimizer: a gradient of sizes ", gradient.sizes(), " and strides ",
              gradient.strides(), " does not fit its parameter of sizes ", parameter.sizes(),
              " and strides ", parameter.strides());
}

}  // namespace

MomentOptimizer::MomentOptimizer(const NamedTensors& parameters, std::vector<std::string> moments)
    : moment_names_(std::move(moments)), moments_(moment_names_.size()) {
  for (const auto& [name, tensor] : parameters) {
    names_.push_back(name);
    parameters_.push_back(tensor);
    for (auto& moment : moments_) moment.push_back(torch::zeros_like(tensor));
  }
}

void MomentOptimizer::step(const Tensors& gradients, double learning_rate,
                           const torch::Tensor& skip) {
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

NamedTensors MomentOptimizer::state() {
  NamedTensors state;
  for (size_t m = 0; m < moments_.size(); ++m) {
    for (size_t i = 0; i < names_.size(); ++i) {
      state.push_back({moment_names_[m] + "/" + names_[i], moments_[m][i]});
    }
  }
  return state;
}

bool is_dense_array(const torch::Tensor& parameter) {
  const auto type = parameter.scalar_type();
  return parameter.is_cpu() && (type == torch::kFloat || type == torch::kDouble) &&
         parameter.is_non_overlapping_and_dense();
}

}  // namespace zoo
