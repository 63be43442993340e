// A gated unit going through a sequence, as one node of the graph.
#pragma once

#include <torch/types.h>

namespace zoo {

/// `GatedUnit::run` with the gradients of the weights summed up over all steps at once. There is no
/// second derivative.
///
/// projected [T, B, 3 H], start [B, H], gates [2 H, H], candidate [H, H]; returns [T, B, H]
torch::Tensor gated_sequence(const torch::Tensor& projected, const torch::Tensor& start,
                             const torch::Tensor& gates, const torch::Tensor& candidate);

/// The parts that an own recurrence with a gated unit in it is made of: what the steps leave
/// behind, to go back through them.
///
/// Shapes: T steps, B batch, H units.
struct GatedTrace {
  torch::Tensor gates;   ///< [T, B, 3 H]: z, r and h~ of each step; before it, what goes into them
  torch::Tensor reset;   ///< [T, B, H]: r * h
  torch::Tensor states;  ///< [T + 1, B, H]: the start, then the state after each step

  /// `projected` is not changed.
  GatedTrace(const torch::Tensor& projected, const torch::Tensor& start);
  GatedTrace(torch::Tensor gates, torch::Tensor reset, torch::Tensor states);

  int64_t steps() const { return gates.size(0); }
  int64_t units() const { return reset.size(2); }

  /// From `gates[step]`, which lacks but U_z h and U_r h of `recurrent` [B, 2 H], to `states`.
  void forward(int64_t step, const torch::Tensor& recurrent, const torch::Tensor& candidate);

  /// of_next [B, H] is the gradient of `states[step + 1]`. Writes that of `gates[step]` before its
  /// functions, [B, 3 H], and returns the gradient of `states[step]`, but for what comes through
  /// U_z h and U_r h: [B, H].
  torch::Tensor backward(int64_t step, const torch::Tensor& of_next, const torch::Tensor& candidate,
                         torch::Tensor of_gates) const;
};

}  // namespace zoo
