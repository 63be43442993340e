// A gated unit that attends before each of its steps, as one node of the graph.
#pragma once

#include <torch/types.h>

namespace zoo {

/// Shapes: T steps, B batch, those with the most steps first, P rows: those of the first step, then
/// those of the second and so on, S places, H units, A units of the score, D features of a value.
/// Keys and values may lie in memory in either order of B and S.
struct AttendingInputs {
  torch::Tensor projected;  ///< [P, 3 H], W x + b of the gated unit
  torch::Tensor start;      ///< [B, H]
  torch::Tensor keys;       ///< [B, S, A], projected for the score
  torch::Tensor values;     ///< [B, S, D]
  torch::Tensor lengths;    ///< [B] int64 on the CPU in 1..S: places of each example
  torch::Tensor active;     ///< [T] int64 on the CPU: rows of each step, B of the first
};

struct AttendingWeights {
  torch::Tensor query;      ///< W_a: [A, H]
  torch::Tensor score;      ///< v: [A]
  torch::Tensor gates;      ///< U_z, U_r: [2 H, H]
  torch::Tensor candidate;  ///< U: [H, H]
  torch::Tensor context;    ///< C_z, C_r, C: [3 H, D]
};

struct AttendingOutputs {
  torch::Tensor states;     ///< [P, H], after each step
  torch::Tensor contexts;   ///< [P, D], which the step has read
  torch::Tensor attention;  ///< [P, S], without gradients; 0 beyond an example's places
};

/// Each step attends with the state of before, c = sum of softmax(v . tanh(W_a s + key)) * value,
/// and goes on with s' = gated unit(projected, s, c). For float32 and float64 on the CPU; there is
/// no second derivative.
AttendingOutputs attending_sequence(const AttendingInputs& inputs, const AttendingWeights& weights);

}  // namespace zoo
