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

/// The same as one node of the graph that never holds [B, T, S, A]: a few examples at a time, in
/// the processor's cache, and once more in the backward pass. For float32 and float64 on the CPU;
/// there is no second derivative. Throws `c10::Error` for other tensors and shapes.
torch::Tensor additive_scores_fused(const torch::Tensor& queries, const torch::Tensor& keys,
                                    const torch::Tensor& vector);

}  // namespace zoo
