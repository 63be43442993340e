// Attention by scalar products, step after step, without a graph: for the feeding sequence alone.
#pragma once

#include <torch/types.h>

#include "zoo/models/padded_sequences/packed_steps.h"

namespace zoo {

/// What there is to attend to, and how. For float32 and float64 on the CPU.
///
/// Shapes: T, B, R and P as those of `PackedSteps`, S places, N units.
struct AttendedStates {
  torch::Tensor keys;              ///< [B, S, N], projected; the last axis contiguous, as below
  torch::Tensor values;            ///< [B, S, N]
  torch::Tensor lengths;           ///< [B] int64
  int64_t half_width = 0;          ///< D of a local window; 0: global
  torch::Tensor position{};        ///< W_p of local-p: [N, N]; undefined: p_t = t
  torch::Tensor position_score{};  ///< v_p of local-p: [N]
};

/// What the steps leave behind, to go back through them.
struct AttentionTrace {
  PackedSteps steps;
  torch::Tensor weights;    ///< a_t: [P, S], 0 outside of the window
  torch::Tensor centres;    ///< p_t: [P]
  torch::Tensor positions;  ///< tanh(W_p h_t): [P, N]; with local-p, else undefined

  /// queries [R, N], h_t, any stride between rows; writes c_t into contexts [R, N].
  void forward(int64_t step, const AttendedStates& states, const torch::Tensor& queries,
               const torch::Tensor& contexts) const;
};

/// A trace before its first step.
AttentionTrace begin_attention(const AttendedStates& states, const PackedSteps& steps);

/// What the way back through the steps leaves behind.
struct AttentionGradients {
  torch::Tensor of_scores;     ///< [P, S]
  torch::Tensor of_centres;    ///< [P]; with local-p that of p_t / S before the sigmoid
  torch::Tensor of_positions;  ///< of W_p h_t: [P, N]; with local-p, else undefined

  /// From of_contexts [R, N], the gradient of c_t; adds that of h_t to of_queries [R, N]. Rows may
  /// stand apart.
  void backward(int64_t step, const AttendedStates& states, const AttentionTrace& trace,
                const torch::Tensor& of_contexts, const torch::Tensor& of_queries) const;
};

AttentionGradients begin_attention_gradients(const AttentionTrace& trace);

}  // namespace zoo
