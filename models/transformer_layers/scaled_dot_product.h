// Attention of all heads at once.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace zoo {

/// Which keys a query may look at.
struct AllowedKeys {
  /// Query t of T only at keys up to S - T + t: the queries are the last T of S steps.
  bool causal = false;
  /// bool, broadcasts to [B, H, T, S]; undefined: all keys. Not together with `causal`.
  torch::Tensor mask{};
};

/// Shapes: B batch, H heads, T queries, S keys, K and U features of a key and of a value.
struct ScaledDotProduct {
  torch::Tensor contexts;   ///< [B, H, T, U]
  torch::Tensor weights{};  ///< [B, H, T, S]; undefined unless asked for
};

/// Whether weights are told; telling them takes the memory that the fused way saves.
enum class AttentionWeights : uint8_t { kKeep, kTell };

/// Equation 1 of Vaswani et al. (2017), arXiv:1706.03762: softmax(Q K^T / sqrt(K)) V, over the keys
/// that are allowed; a query that may look at none has weights and context 0.
///
/// queries  [B, H, T, K] floating point
/// keys     [B, H, S, K]
/// values   [B, H, S, U]
/// dropout  share of the weights that are left out, the others grown by as much
///
/// Both ways give the same contexts: LibTorch's fused one, and one that tells the weights, as they
/// are before dropout.
ScaledDotProduct scaled_dot_product(const torch::Tensor& queries, const torch::Tensor& keys,
                                    const torch::Tensor& values, const AllowedKeys& allowed,
                                    AttentionWeights weights, double dropout = 0);

}  // namespace zoo
