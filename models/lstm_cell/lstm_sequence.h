// An LSTM going through sequences, as one node of the graph, and the parts of it.
#pragma once

#include <torch/types.h>

#include "zoo/models/padded_sequences/packed_steps.h"

namespace zoo {

/// The weights of one layer.
///
/// Shapes: I features of what it reads, H units; gates in the order of LibTorch's LSTM: i, f, g, o.
struct LstmWeights {
  torch::Tensor input;  ///< W: [4 H, I]
  torch::Tensor state;  ///< U: [4 H, H]
  torch::Tensor bias;   ///< [4 H]
};

/// What the steps of one layer leave behind, to go back through them. For float32 and float64 on
/// the CPU. Products are left to who makes the steps.
///
/// Shapes: as above and as those of `PackedSteps`. All contiguous, but the rows of `hidden` may
/// stand apart in memory.
struct LstmTrace {
  PackedSteps steps;
  torch::Tensor gates;   ///< i, f, g, o of each step, [P, 4 H]; before it W x + U h
  torch::Tensor hidden;  ///< h at the start, then after each step: [B + P, H]
  torch::Tensor cells;   ///< c likewise

  /// Makes a step; bias [4 H], contiguous.
  void forward(int64_t step, const torch::Tensor& bias) const;

  /// Goes back through it. `gradients` has those of what is here: of the states after the step they
  /// are complete; writes that of the gates before their functions, and adds that of the cells
  /// before the step to what is there.
  void backward(int64_t step, const LstmTrace& gradients) const;
};

struct LstmSequence {
  torch::Tensor hidden;  ///< [P, H], after each step
  torch::Tensor cells;   ///< [P, H]
};

/// One layer through all steps from the zero state. The gradients of the weights are summed up over
/// them at once; there is no second derivative. For float32 and float64 on the CPU.
///
/// inputs [P, I]
LstmSequence lstm_sequence(const torch::Tensor& inputs, const PackedSteps& steps,
                           const LstmWeights& weights);

}  // namespace zoo
