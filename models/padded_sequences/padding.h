// Computing with those steps of padded sequences alone that are there.
#pragma once

#include <torch/types.h>

namespace zoo {

/// Where sequences are padding: what is made of each step by itself need not be made there.
///
/// Shapes: X, Y of padded sequences, [B, T], or [T, B] with time first; P steps that are there.
class Padding {
 public:
  /// Nowhere: both functions return what they are given.
  Padding() = default;

  /// there [X, Y] bool on the CPU; the sequences are on `device`.
  Padding(const torch::Tensor& there, const torch::Device& device);

  bool none() const { return !rows_.defined(); }

  /// The steps that are there, one after the other: [X, Y, ...] -> [P, ...].
  torch::Tensor strip(const torch::Tensor& padded) const;

  /// Where they stood, with 0 in the padding: [P, F] -> [X, Y, F].
  torch::Tensor restore(const torch::Tensor& steps) const;

 private:
  torch::Tensor rows_;  // [P] int64 of [X Y], on their device; undefined without padding
  int64_t outer_ = 0, inner_ = 0;
};

}  // namespace zoo
