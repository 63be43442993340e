// The cross-entropy of padded sequences.
#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/types.h>

namespace zoo {

/// The sum over all symbols within the lengths of `linear_cross_entropy`, in nats: 0-d.
///
/// Shapes: B sequences, T steps, D features, V symbols.
///
/// features [B, T, D]; output [V, D]; targets [B, T] int64 in 0..V-1; lengths [B] int64 in 1..T on
/// the CPU
torch::Tensor sequence_nats(const torch::Tensor& features, const torch::nn::LinearImpl& output,
                            const torch::Tensor& targets, const torch::Tensor& lengths,
                            double smoothing = 0);

}  // namespace zoo
