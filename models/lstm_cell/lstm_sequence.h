// An LSTM going through a sequence, as one node of the graph, and the parts of it.
#pragma once

#include <torch/types.h>

namespace zoo {

/// The weights of one layer, those of what it reads and of its own state side by side: one product
/// serves both.
///
/// Shapes: I features of what the layer reads, H units; gates in the order of LibTorch's LSTM: i,
/// f, g, o.
struct LstmWeights {
  torch::Tensor weight;  ///< [W, U]: [4 H, I + H]
  torch::Tensor bias;    ///< [4 H]
};

/// What the steps of one layer leave behind, to go back through them. Time comes first, since that
/// is how a recurrence goes through memory. For float32 and float64 on the CPU.
///
/// Shapes: T steps, B batch.
struct LstmTrace {
  torch::Tensor read;   ///< [x_t; h_{t-1}]: [T + 1, B, I + H]; of the last only h means something
  torch::Tensor gates;  ///< [T, B, 4 H]
  torch::Tensor cells;  ///< [T + 1, B, H]: the start, then after each step
  /// [T] int64 on the CPU, none larger than the one before: examples, the first ones, that take
  /// part in each step; the state of the others is 0 from then on.
  torch::Tensor active;

  /// Examples that take part in a step.
  int64_t rows(int64_t step) const;
  /// Of a step of all [T, B, ...] the rows that take part: [R, ...].
  torch::Tensor rows_of(int64_t step, const torch::Tensor& all) const;
  /// Of all steps [T, B, ...] the rows that take part, one step after the other: [P, ...].
  torch::Tensor active_rows(const torch::Tensor& all) const;
  int64_t steps() const { return gates.size(0); }
  int64_t units() const { return cells.size(2); }
  int64_t features() const { return read.size(2) - units(); }

  /// x of all steps: [T + 1, B, I]; where it is written before the step reads it.
  torch::Tensor inputs() const { return read.narrow(2, 0, features()); }
  /// h: the start, then after each step: [T + 1, B, H].
  torch::Tensor hidden() const { return read.narrow(2, features(), units()); }

  /// From `read[step]` to `hidden()` and `cells` at step + 1.
  void forward(int64_t step, const LstmWeights& weights) const;

  /// of_hidden [R, H], of R = `rows(step)`, is the gradient of `hidden()[step + 1]`, of_cell [B, H]
  /// that of `cells[step + 1]`, which becomes that of `cells[step]`; of_gates [R, 4 H] becomes the
  /// gradient of the product, so that of_gates weight is that of `read[step]`. All contiguous; only
  /// rows that take part are looked at, and written.
  void backward(int64_t step, const torch::Tensor& of_hidden, const torch::Tensor& of_cell,
                const torch::Tensor& of_gates) const;
};

/// A trace before its first step: of `features` inputs that are not yet written, hidden and cell
/// [B, H], active [T].
LstmTrace begin_trace(int64_t features, const torch::Tensor& hidden, const torch::Tensor& cell,
                      const torch::Tensor& active);

struct LstmSequence {
  torch::Tensor hidden;  ///< [T, B, H], after each step
  torch::Tensor cells;   ///< [T, B, H]
};

/// One layer through all steps. The gradients of the weights are summed up over them at once; there
/// is no second derivative. For float32 and float64 on the CPU.
///
/// inputs [T, B, I]; hidden and cell [B, H]; active as in `LstmTrace`
LstmSequence lstm_sequence(const torch::Tensor& inputs, const torch::Tensor& hidden,
                           const torch::Tensor& cell, const torch::Tensor& active,
                           const LstmWeights& weights);

}  // namespace zoo
