// The additive score of projected queries and keys, plainly and in one pass.
#pragma once

#include <torch/types.h>

namespace zoo {

/// v . tanh(query + key) for every query with every key.
///
/// Shapes: B batch, T queries, S keys, A units.
///
/// queries [B, T, A], keys [B, S, A], vector [A]; returns [B, T, S].
torch::Tensor additive_scores(const torch::Tensor& queries, const torch::Tensor& keys,
                              const torch::Tensor& vector);

/// The same as one node of the graph that never holds [B, T, S, A]: its units are computed where
/// they are needed, and once more in the backward pass; in float32 tanh is exact to 2e-7. On one
/// thread. For float32 and float64 on the CPU; there is no second derivative. Throws `c10::Error`
/// for other tensors and for shapes that do not fit.
torch::Tensor additive_scores_fused(const torch::Tensor& queries, const torch::Tensor& keys,
                                    const torch::Tensor& vector);

}  // namespace zoo
