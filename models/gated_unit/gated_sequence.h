// A gated unit going through sequences, as one node of the graph.
#pragma once

#include <torch/types.h>

#include <vector>

#include "zoo/models/packed_weight/packed_weight.h"
#include "zoo/models/padded_sequences/packed_steps.h"

namespace zoo {

/// `GatedUnit::step` through packed sequences, with the gradients of the weights summed up over all
/// steps at once. There is no second derivative.
///
/// Shapes: T, B, R and P as those of `PackedSteps`, H units.
///
/// projected [P, 3 H], start [B, H], active [T] as in `PackedSteps`; gates [2 H, H], candidate [H,
/// H]; returns [P, H]
torch::Tensor gated_sequence(const torch::Tensor& projected, const torch::Tensor& start,
                             const torch::Tensor& active, const torch::Tensor& gates,
                             const torch::Tensor& candidate);

/// The parts that an own recurrence with a gated unit in it is made of: what the steps leave
/// behind, to go back through them. Shapes as above.
class GatedTrace {
 public:
  /// Before the first step; `projected` is not changed.
  GatedTrace(const torch::Tensor& projected, const torch::Tensor& start,
             const torch::Tensor& active);
  /// What `saved` has given.
  explicit GatedTrace(torch::ArrayRef<torch::Tensor> saved);
  std::vector<torch::Tensor> saved() const { return {gates_, reset_, states_, steps_.active()}; }

  const PackedSteps& steps() const { return steps_; }
  int64_t units() const { return reset_.size(1); }

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

  /// z and r of a step, [R, 2 H]; before it, what goes into them.
  torch::Tensor opened(int64_t step) const { return opened(steps_.of(step, gates_)); }
  /// The same of gates, or their gradients, [R, 3 H].
  torch::Tensor opened(const torch::Tensor& gates) const { return gates.narrow(1, 0, 2 * units()); }
  /// What is theirs of h~, [R, H].
  torch::Tensor proposed(const torch::Tensor& gates) const {
    return gates.narrow(1, 2 * units(), units());
  }

  /// From all that goes into the gates of a step but U (r * h), U^T being `candidate`, to the
  /// states after it.
  void forward(int64_t step, const PackedWeight& candidate);

  /// of_next [R, H] is the gradient of the states after the step, `candidate` U. Writes that of its
  /// gates before their functions, [R, 3 H], and returns the gradient of the states before it, but
  /// for what comes through U_z h and U_r h: [R, H].
  torch::Tensor backward(int64_t step, const torch::Tensor& of_next, const PackedWeight& candidate,
                         const torch::Tensor& of_gates) const;

 private:
  PackedSteps steps_;
  torch::Tensor gates_;   // [P, 3 H]
  torch::Tensor reset_;   // [P, H]
  torch::Tensor states_;  // [B + P, H]: the start, then those after each step
};

}  // namespace zoo
