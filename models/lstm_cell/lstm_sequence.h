// An LSTM going through a sequence, as one node of the graph, and the parts of it.
#pragma once

#include <torch/types.h>

namespace zoo {

/// What the steps of one layer leave behind, to go back through them. Time comes first, since that
/// is how a recurrence goes through memory. For float32 and float64 on the CPU.
///
/// Shapes: T steps, B batch, H units. Gates lie in the order of LibTorch's LSTM: i, f, g, o.
struct LstmTrace {
  torch::Tensor gates;   ///< [T, B, 4 H] of each step; before it, what goes into them
  torch::Tensor hidden;  ///< [T + 1, B, H]: the start, then what each step gives
  torch::Tensor cells;   ///< [T + 1, B, H] likewise

  int64_t steps() const { return gates.size(0); }

  /// From `gates[step]`, all of W x + U h + b, to `hidden` and `cells` at step + 1.
  void forward(int64_t step) const;

  /// of_hidden [B, H] is the gradient of `hidden[step + 1]`, of_cell [B, H] that of
  /// `cells[step + 1]`, which becomes that of `cells[step]`; of_gates [B, 4 H] becomes the gradient
  /// of W x + U h + b. All contiguous.
  void backward(int64_t step, const torch::Tensor& of_hidden, const torch::Tensor& of_cell,
                const torch::Tensor& of_gates) const;
};

/// A trace whose gates are `gates` themselves, before the first step: gates [T, B, 4 H] contiguous,
/// hidden and cell [B, H].
LstmTrace begin_trace(const torch::Tensor& gates, const torch::Tensor& hidden,
                      const torch::Tensor& cell);

struct LstmSequence {
  torch::Tensor hidden;  ///< [T, B, H], after each step
  torch::Tensor cells;   ///< [T, B, H]
};

/// One layer with its inputs projected beforehand. The gradients of the weights are summed up over
/// all steps at once; there is no second derivative.
///
/// projected [T, B, 4 H], W x + b; hidden and cell [B, H]; recurrent [4 H, H]
LstmSequence lstm_sequence(const torch::Tensor& projected, const torch::Tensor& hidden,
                           const torch::Tensor& cell, const torch::Tensor& recurrent);

}  // namespace zoo
