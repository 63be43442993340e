// A decoder with input feeding that attends by scalar products, as one node of the graph.
#pragma once

#include <torch/types.h>

#include <vector>

#include "zoo/models/lstm_cell/lstm_sequence.h"

namespace zoo {

/// Shapes: T, B and P as those of `PackedSteps`, S places, L layers, E features of a symbol, N
/// units.
struct FeedingInputs {
  torch::Tensor embedded;  ///< [P, E], the symbols before
  torch::Tensor hidden;    ///< [L, B, N], where it starts
  torch::Tensor cell;      ///< [L, B, N]
  torch::Tensor keys;      ///< [B, S, N], projected for the score
  torch::Tensor values;    ///< [B, S, N]
  torch::Tensor lengths;   ///< [B] int64 on the CPU in 1..S: places of each example
  torch::Tensor active;    ///< [T], as in `PackedSteps`
  /// What is multiplied by before a layer above the first reads it, [L - 1, P, N], and h~ before
  /// anybody does, [P, N]; both undefined: nothing is dropped. Without gradients.
  torch::Tensor layer_masks{};
  torch::Tensor feature_masks{};
};

struct FeedingWeights {
  std::vector<LstmWeights> layers;  ///< the first one reads [symbol; h~]: E + N features
  torch::Tensor combine;            ///< W_c: [N, 2 N]
  // With local-p, else undefined:
  torch::Tensor position{};        ///< W_p: [N, N]
  torch::Tensor position_score{};  ///< v_p: [N]
};

struct FeedingOutputs {
  torch::Tensor features;   ///< h~_t, times its mask: [P, N]
  torch::Tensor attention;  ///< a_t: [P, S], without gradients; 0 outside of the window
};

/// Luong et al. (2015), arXiv:1508.04025, section 3.3: each step goes through the LSTM's layers
/// with the h~ of before beside the symbol, attends with h_t of the top one to a window of
/// half_width D around p_t, 0: to all places, and gives h~_t = tanh(W_c [c_t; h_t]). For float32
/// and float64 on the CPU; there is no second derivative.
FeedingOutputs feeding_sequence(const FeedingInputs& inputs, const FeedingWeights& weights,
                                int64_t half_width);

}  // namespace zoo
