// Sequences of different lengths in one tensor, padded at their ends.
#pragma once

#include <torch/nn/modules/rnn.h>
#include <torch/types.h>

#include <cstdint>
#include <string>

namespace zoo {

/// Which places hold something: [B, size] bool, true at s < lengths[b].
///
/// lengths  [B] int64
torch::Tensor length_mask(const torch::Tensor& lengths, int64_t size);

/// Throws `c10::Error`, naming `who`, unless `inputs` are [B, S >= 1, features] and `lengths` [B]
/// int64, each in 1..S. Values on a GPU are not looked at, since that would wait for it.
void check_padded(const std::string& who, const torch::Tensor& inputs, const torch::Tensor& lengths,
                  int64_t features);

/// Throws `c10::Error`, naming `who`, unless `symbols` are [batch, T >= 1] int64, each in
/// 0..largest[b]; `largest` is [batch] or a single number. On a GPU values are not looked at.
void check_symbols(const std::string& who, const torch::Tensor& symbols, int64_t batch,
                   const torch::Tensor& largest);

/// Shapes: B batch, S steps, H units.
struct PaddedRun {
  torch::Tensor outputs;  ///< [B, S, H]; what stands in the padding means nothing
  torch::Tensor hidden;   ///< [B, H] after the last step of each sequence
  torch::Tensor cell;     ///< [B, H] likewise
};

/// Runs one layer over padded sequences from the zero state, each to its own last step. Where all
/// have the same length that is a single call of the LSTM, else a packed one, about half as fast.
/// `lengths` are looked at: on a GPU that waits for it, so better leave them on the CPU.
PaddedRun run_padded(torch::nn::LSTM& lstm, const torch::Tensor& inputs,
                     const torch::Tensor& lengths);

}  // namespace zoo
