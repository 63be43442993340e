// The layers of LibTorch's LSTM, run by `lstm_sequence`.
#pragma once

#include <torch/nn/modules/rnn.h>
#include <torch/types.h>

#include "zoo/models/lstm_cell/lstm_sequence.h"

namespace zoo {

/// Those of a layer of a `torch::nn::LSTM` in one direction; `bias` is the sum of its two.
LstmWeights lstm_weights(const torch::nn::LSTM& lstm, int64_t layer);

/// Shapes: T steps, B batch, I features, L layers, H units.
struct LstmStackRun {
  torch::Tensor outputs;  ///< of the top layer: [T, B, H]; 0 in the padding
  torch::Tensor hidden;   ///< [L, B, H] after the last step of each sequence
  torch::Tensor cell;     ///< [L, B, H] likewise
};

/// What `lstm` gives of sequences of different lengths from the zero state, with its dropout
/// between the layers while it trains; nothing is computed for padding. For float32 and float64 on
/// the CPU; there is no second derivative.
///
/// inputs [T, B, I]; lengths [B] int64 on the CPU in 1..T
LstmStackRun run_lstm_stack(const torch::nn::LSTM& lstm, const torch::Tensor& inputs,
                            const torch::Tensor& lengths);

}  // namespace zoo
