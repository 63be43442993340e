// An LSTM going through sequences, as one node of the graph, and the parts of it.
#pragma once

#include <torch/types.h>

#include "zoo/models/padded_sequences/packed_steps.h"

namespace zoo {

/// What a step of one layer needs of its weights.
///
/// Shapes: I features that a step reads, H units; gates in the order of LibTorch's LSTM: i, f, g,
/// o.
struct LstmStepWeights {
  torch::Tensor weight;  ///< [W, U]: [4 H, I + H], of what the step reads and of its own state
  torch::Tensor bias;    ///< [4 H]
};

/// What the steps of one layer leave behind, to go back through them. For float32 and float64 on
/// the CPU.
///
/// Shapes: as above and as those of `PackedSteps`.
struct LstmTrace {
  PackedSteps steps;
  torch::Tensor read;    ///< [x_t; h_{t-1}]: [P, I + H]
  torch::Tensor gates;   ///< [P, 4 H]; before a step what is added to its product
  torch::Tensor hidden;  ///< h, after each step: [P, H]
  torch::Tensor cells;   ///< the start, then after each step: [B + P, H]

  int64_t units() const { return cells.size(1); }

  /// x of all steps: [P, I]; where it is written before the step reads it.
  torch::Tensor inputs() const { return read.narrow(1, 0, read.size(1) - units()); }

  /// Makes a step.
  void forward(int64_t step, const LstmStepWeights& weights) const;

  /// of_hidden [R, H] is the gradient of `hidden` of the step, of_cell [B, H] that of the cells
  /// after it, which becomes that of the cells before it; of_gates [R, 4 H] becomes the gradient of
  /// the product, so that of_gates weight is that of `read`. All contiguous; of of_cell only the
  /// first R rows are looked at, and written.
  void backward(int64_t step, const torch::Tensor& of_hidden, const torch::Tensor& of_cell,
                const torch::Tensor& of_gates) const;
};

/// A trace before its first step: of steps that each read `features` inputs, not yet written;
/// `added` [P, 4 H] to their products, which is not changed; hidden and cell [B, H].
LstmTrace begin_trace(const PackedSteps& steps, int64_t features, const torch::Tensor& added,
                      const torch::Tensor& hidden, const torch::Tensor& cell);

struct LstmSequence {
  torch::Tensor hidden;  ///< [P, H], after each step
  torch::Tensor cells;   ///< [P, H]
};

/// One layer through all steps. The gradients of the weights are summed up over them at once; there
/// is no second derivative. For float32 and float64 on the CPU.
///
/// projected [P, 4 H], W x of all steps; hidden and cell [B, H]; of `weights` U [4 H, H] alone
LstmSequence lstm_sequence(const torch::Tensor& projected, const torch::Tensor& hidden,
                           const torch::Tensor& cell, const PackedSteps& steps,
                           const LstmStepWeights& weights);

}  // namespace zoo
