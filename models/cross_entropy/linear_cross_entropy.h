// The loss of a large vocabulary together with the output layer before it.
#pragma once

#include <torch/types.h>

namespace zoo {

/// The sum over N rows of the cross-entropy between a target symbol and the softmax of
/// features W^T + b, with label smoothing e (Szegedy et al. 2016, arXiv:1512.00567, section 7):
///
/// -(1 - e) log p(target) - e / V sum over all v of log p(v)
///
/// In float32 and float64 on the CPU without autocast, the logits become their own gradients while
/// they are in the processor's cache, and there is no second derivative; elsewhere it is made of
/// LibTorch's parts.
///
/// Shapes: N rows, D features, V symbols.
///
/// features  [N, D] floating point
/// weight    [V, D]
/// bias      [V], or undefined
/// targets   [N] int64 in 0..V-1
/// smoothing e, 0 <= e < 1
/// returns   0-d, in nats
///
/// Throws `c10::Error` for tensors of another shape and, on the CPU, for targets out of range.
torch::Tensor linear_cross_entropy(const torch::Tensor& features, const torch::Tensor& weight,
                                   const torch::Tensor& bias, const torch::Tensor& targets,
                                   double smoothing = 0);

}  // namespace zoo
