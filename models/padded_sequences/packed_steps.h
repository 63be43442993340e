// Sequences of different lengths step by step, as recurrences go through them.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace zoo {

/// The steps of sequences, the longest first, as the rows of one tensor: those of the first step,
/// then those of the second and so on, as many each time as sequences have such a step.
///
/// Shapes: T steps, B sequences, R of them that have a step, P rows in all.
class PackedSteps {
 public:
  /// active [T] int64 on the CPU: the rows of each step, none more than the one before, B of the
  /// first.
  explicit PackedSteps(const torch::Tensor& active);

  const torch::Tensor& active() const { return active_; }
  int64_t count() const { return active_.size(0); }
  int64_t batch() const { return rows(0); }
  int64_t total() const { return begins_.back(); }
  int64_t rows(int64_t step) const { return begin(step + 1) - begin(step); }

  /// Of all rows [P, ...] those of a step: [R, ...].
  torch::Tensor of(int64_t step, const torch::Tensor& all) const;
  /// Of the start and the states after each step, [B + P, ...], those before this one: [R, ...].
  torch::Tensor before(int64_t step, const torch::Tensor& states) const;
  /// Of the same those after each step: [P, ...].
  torch::Tensor after(const torch::Tensor& states) const;
  /// The same with this start [B, ...] and room for the others: [B + P, ...].
  torch::Tensor states_from(const torch::Tensor& start) const;
  /// The rows of each step, views.
  std::vector<torch::Tensor> split(const torch::Tensor& all) const;

  /// Where `before` of all steps stands: [P] int64 of [B + P].
  torch::Tensor rows_before() const;
  /// Which sequence, in their order here, each row belongs to: [P] int64.
  torch::Tensor sequences() const;

 private:
  int64_t begin(int64_t step) const { return begins_[static_cast<size_t>(step)]; }

  torch::Tensor active_;
  std::vector<int64_t> begins_;  // of the rows of each step, and where the last ones end
};

}  // namespace zoo
