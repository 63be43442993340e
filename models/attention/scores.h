// The score functions that have no hidden units, each one pure function; the one that has is in
// `additive_scores.h`.
//
// Shapes: B batch, T queries, S keys, K features of a key. All tensors floating point.
#pragma once

#include <torch/types.h>

namespace zoo {

/// q . k for every query with every key. Luong's `general` is that with keys W k.
///
/// queries [B, T, K], keys [B, S, K]; returns [B, T, S].
torch::Tensor dot_scores(const torch::Tensor& queries, const torch::Tensor& keys);

/// k / sqrt(K), whose scalar products are those of Vaswani et al. (2017), arXiv:1706.03762, eq. 1.
/// [..., K] -> [..., K].
torch::Tensor scaled_keys(const torch::Tensor& keys);

/// x / |x| along the last axis, 0 for 0: the scalar product of two such is the cosine of Graves
/// et al. (2014), arXiv:1410.5401, eq. 6. [..., K] -> [..., K].
torch::Tensor unit_vectors(const torch::Tensor& vectors);

/// Row s of W q; Luong et al. (2015), arXiv:1508.04025, eq. 8. What stands at a place does not
/// matter.
///
/// queries [B, T, Q], weight [M, Q]; returns [B, T, places], 0 at places from M on.
torch::Tensor location_scores(const torch::Tensor& queries, const torch::Tensor& weight,
                              int64_t places);

}  // namespace zoo
