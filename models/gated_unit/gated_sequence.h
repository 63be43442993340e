// A gated unit going through sequences, as one node of the graph.
#pragma once

#include <torch/types.h>

#include <vector>

namespace zoo {

/// `GatedUnit::step` through packed sequences, with the gradients of the weights summed up over all
/// steps at once. There is no second derivative.
///
/// Shapes: T steps, B sequences, the longest first, H units, P rows: those of the first step, then
/// those of the second and so on, as many each time as sequences have such a step.
///
/// projected [P, 3 H], start [B, H], active [T] int64 on the CPU: the rows of each step, none more
/// than the one before, B of the first; gates [2 H, H], candidate [H, H]; returns [P, H]
torch::Tensor gated_sequence(const torch::Tensor& projected, const torch::Tensor& start,
                             const torch::Tensor& active, const torch::Tensor& gates,
                             const torch::Tensor& candidate);

/// The parts that an own recurrence with a gated unit in it is made of: what the steps leave
/// behind, to go back through them. Shapes as above; R rows of a step.
class GatedTrace {
 public:
  /// Before the first step; `projected` is not changed.
  GatedTrace(const torch::Tensor& projected, const torch::Tensor& start,
             const torch::Tensor& active);
  /// What `saved` has given.
  explicit GatedTrace(torch::ArrayRef<torch::Tensor> saved);
  std::vector<torch::Tensor> saved() const { return {gates_, reset_, states_, active_}; }

  int64_t steps() const { return active_.size(0); }
  int64_t units() const { return reset_.size(1); }

  /// The rows of a step in a tensor of all [P, ...]: [R, ...].
  torch::Tensor rows_of(int64_t step, const torch::Tensor& all) const;

  /// z, r and h~ of each step, [P, 3 H]; before it, what goes into them.
  const torch::Tensor& gates() const { return gates_; }
  /// r * h, [P, H].
  const torch::Tensor& reset() const { return reset_; }
  /// After each step, [P, H].
  torch::Tensor states() const;
  /// Before each step, [P, H].
  torch::Tensor states_before() const;
  /// Before this one, [R, H].
  torch::Tensor state_before(int64_t step) const;

  /// From the gates of a step, which lack but U_z h and U_r h of `recurrent` [R, 2 H], to the
  /// states after it.
  void forward(int64_t step, const torch::Tensor& recurrent, const torch::Tensor& candidate);

  /// of_next [R, H] is the gradient of the states after the step. Writes that of its gates before
  /// their functions, [R, 3 H], and returns the gradient of the states before it, but for what
  /// comes through U_z h and U_r h: [R, H].
  torch::Tensor backward(int64_t step, const torch::Tensor& of_next, const torch::Tensor& candidate,
                         torch::Tensor of_gates) const;

 private:
  int64_t batch() const { return states_.size(0) - gates_.size(0); }
  int64_t begin(int64_t step) const { return begins_[static_cast<size_t>(step)]; }
  int64_t rows(int64_t step) const { return begin(step + 1) - begin(step); }

  torch::Tensor gates_;          // [P, 3 H]
  torch::Tensor reset_;          // [P, H]
  torch::Tensor states_;         // [B + P, H]: the start, then those after each step
  torch::Tensor active_;         // [T]
  std::vector<int64_t> begins_;  // of the rows of each step, and where the last ones end
};

}  // namespace zoo
