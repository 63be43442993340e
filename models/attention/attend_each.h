// Additive attention of a batch, one query of each example or of its first ones, for kernels of
// recurrences that attend in each step.
#pragma once

#include <torch/types.h>

namespace zoo::detail {

/// What the examples attend to: float32 or float64 on the CPU. The axes B and S may lie in memory
/// in either order, the last one is dense.
///
/// Shapes: B batch, R of it that ask, S places, A units of the score, D features of a value.
struct AttendedPlaces {
  const torch::Tensor& keys;     ///< [B, S, A], projected for the score
  const torch::Tensor& values;   ///< [B, S, D]
  const torch::Tensor& score;    ///< v, [A]
  const torch::Tensor& lengths;  ///< [B] int64 on the CPU in 1..S; undefined: all S of each
};

/// queries [R, A] of the first R <= B examples; fills in the first places of each row of weights
/// [R, S], which are softmax of v . tanh(query + key), and contexts [R, D], the sums of weight *
/// value.
void attend_each(const AttendedPlaces& to, const torch::Tensor& queries,
                 const torch::Tensor& weights, const torch::Tensor& contexts);

/// Where gradients are added to, each lying in memory as what it belongs to.
struct AttendedGradients {
  const torch::Tensor& queries;
  const torch::Tensor& keys;
  const torch::Tensor& values;
  const torch::Tensor& score;
};

/// The gradients of `attend_each` from those of the contexts.
void attend_each_back(const AttendedPlaces& to, const torch::Tensor& queries,
                      const torch::Tensor& weights, const torch::Tensor& of_contexts,
                      const AttendedGradients& gradients);

}  // namespace zoo::detail
