// A layer of the LSTMN going through a sequence, as one node of the graph.
#pragma once

#include <torch/types.h>

namespace zoo {

/// Shapes: T steps, B batch, K places on the tapes, N units.
struct TapingInputs {
  torch::Tensor projected;  ///< [T, B, 4 N], W x of the gates
  torch::Tensor queries;    ///< [T, B, N], W_x x of the attention
  torch::Tensor hidden;     ///< [K, B, N], h_i so far
  torch::Tensor memory;     ///< [K, B, N], c_i
  torch::Tensor keys;       ///< [K, B, N], W_h h_i
  torch::Tensor summary;    ///< [B, N], h~ of the step before
  int64_t tape = 0;         ///< places that each step can look at; 0: all
};

/// Gates are in the order of LibTorch's LSTM: i, f, c^, o.
struct TapingWeights {
  torch::Tensor gates;    ///< W of h~: [4 N, N]
  torch::Tensor bias;     ///< b: [4 N]
  torch::Tensor key;      ///< W_h: [N, N]
  torch::Tensor summary;  ///< W_h~: [N, N]; [0, N] where it is not used
  torch::Tensor score;    ///< v: [N]
};

struct TapingOutputs {
  torch::Tensor states;   ///< [T, B, N], h_t
  torch::Tensor hidden;   ///< [K + T, B, N], the tape with all of them
  torch::Tensor memory;   ///< [K + T, B, N]
  torch::Tensor keys;     ///< [K + T, B, N]
  torch::Tensor summary;  ///< [B, N], h~ of the last step
  torch::Tensor weights;  ///< [T, B, K + T], s without gradients; 0 where a step cannot look
};

/// `LstmnLayer::forward_composed` with the gradients of the weights summed up over all steps at
/// once. For float32 and float64 on the CPU; there is no second derivative.
TapingOutputs taping_sequence(const TapingInputs& inputs, const TapingWeights& weights);

}  // namespace zoo
