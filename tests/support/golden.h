// Compares a model with what its Python twin computed; python/README.md has the layout.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "zoo/models/safetensors/safetensors.h"

namespace zoo::testing_support {

struct Golden {
  std::string name;  ///< "neural_turing_machine/lstm_float64"
  Safetensors file;
  std::string options;  ///< JSON

  torch::Tensor operator[](const std::string& tensor) const;
  /// 1e-5 in float32 and 1e-10 in float64, relative to the larger of 1 and the value.
  void expect_near(const torch::Tensor& ours, const std::string& tensor) const;
};

Golden read_golden(const std::string& name);

/// Loads the parameters, then compares outputs, loss, every gradient, and the parameters after
/// ten steps of Graves' RMSProp.
void check_transduction_golden(const Golden& golden, torch::nn::Module& module,
                               const std::function<torch::Tensor(const torch::Tensor&)>& forward);

/// The same for models that point, by their function of points, lengths and targets, and ten steps
/// of gradient descent with the norm of the gradient clipped.
void check_pointing_golden(
    const Golden& golden, torch::nn::Module& module,
    const std::function<torch::Tensor(const torch::Tensor& points, const torch::Tensor& lengths,
                                      const torch::Tensor& targets)>& forward);

/// The same for models that translate, by their function of source, lengths and target, and ten
/// steps of the optimiser that the golden names: Adadelta, Adam or gradient descent.
void check_translation_golden(
    const Golden& golden, torch::nn::Module& module,
    const std::function<torch::Tensor(const torch::Tensor& source, const torch::Tensor& lengths,
                                      const torch::Tensor& target)>& forward,
    double label_smoothing);

/// The same for models of language, by their function of tokens.
void check_language_golden(const Golden& golden, torch::nn::Module& module,
                           const std::function<torch::Tensor(const torch::Tensor&)>& forward);

}  // namespace zoo::testing_support
