// The steps of a decoder with input feeding and the way back through them, without a graph: for the
// feeding sequence alone.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "zoo/models/lstm_cell/lstm_sequence.h"
#include "zoo/models/luong/attention_trace.h"
#include "zoo/models/luong/feeding_sequence.h"
#include "zoo/models/padded_sequences/packed_steps.h"

namespace zoo {

/// What the steps leave behind, to go back through them. Of the states the start comes first, where
/// h~ and c_t are 0.
///
/// Shapes: as those of `FeedingInputs`.
struct FeedingTrace {
  PackedSteps steps;
  std::vector<LstmTrace> layers;  ///< the h of the top one is that in `both`
  AttentionTrace attention;
  torch::Tensor both;      ///< [c_t; h_t]: [B + P, 2 N]
  torch::Tensor squashed;  ///< h~ before its mask: [P, N]; undefined without masks
  torch::Tensor features;  ///< h~ as it is read: [B + P, N]

  int64_t units() const { return features.size(1); }
};

/// All steps.
FeedingTrace feed_forward(const FeedingInputs& inputs, const FeedingWeights& weights,
                          int64_t half_width);

/// Gradients of what is in the trace.
struct FeedingGradients {
  std::vector<LstmTrace> layers;
  AttentionGradients attention;
  torch::Tensor both;      ///< [B + P, 2 N]
  torch::Tensor combined;  ///< of W_c [c_t; h_t]: [P, N]
  torch::Tensor features;  ///< [B + P, N]; on the way back those of h~ before its mask
};

/// All steps, the last one first, from of_features [P, N], the gradient of h~. Of the inputs' those
/// that say where it starts are not looked at.
FeedingGradients feed_back(const FeedingTrace& trace, const torch::Tensor& of_features,
                           const FeedingInputs& inputs, const FeedingWeights& weights,
                           int64_t half_width);

/// Those of the inputs that have any: `embedded`, `hidden`, `cell`, `keys` and `values`.
FeedingInputs gradients_of_inputs(const FeedingGradients& from, const FeedingTrace& trace,
                                  const FeedingWeights& weights);

FeedingWeights gradients_of_weights(const FeedingGradients& from, const FeedingTrace& trace,
                                    const FeedingInputs& inputs);

}  // namespace zoo
