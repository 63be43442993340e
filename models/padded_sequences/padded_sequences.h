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

/// Each sequence from its own last step to its first; what stands in the padding stays there.
/// Doing it twice changes nothing.
///
/// sequences [S, B, ...], time first; lengths [B] int64; returns the same shape
torch::Tensor reverse_padded(const torch::Tensor& sequences, const torch::Tensor& lengths);

/// The last step of each: sequences [S, B, ...], time first, lengths [B] int64 -> [B, ...]
torch::Tensor last_of_padded(const torch::Tensor& sequences, const torch::Tensor& lengths);

/// Sequences in the order in which a recurrence goes through them without touching padding: the
/// longest first, so that those that go on stand together.
///
/// Shapes: B sequences, S steps of the longest and its padding.
struct LongestFirst {
  torch::Tensor order;    ///< [B] int64: which sequence stands where
  torch::Tensor lengths;  ///< [B] int64, none larger than the one before
  torch::Tensor active;   ///< [S] int64: sequences, the first ones, that have such a step

  /// What belongs to the sequences, [B, ...], in that order; where it is, be it on a GPU.
  torch::Tensor arrange(const torch::Tensor& all) const;
};

/// lengths [B] int64 on the CPU, each in 1..steps.
LongestFirst longest_first(const torch::Tensor& lengths, int64_t steps);

enum class Direction : uint8_t {
  kForward,
  kBackward  ///< each sequence from its own last step to its first
};

/// Where the steps of sequences stand in padded ones [S, B, ...], flattened to [S B, ...], if they
/// are packed: all first steps, then all second ones and so on, each time the longest first.
/// Returns [P] int64, P the sum of the lengths.
torch::Tensor packed_rows(const LongestFirst& sequences, Direction direction);

/// Packed steps [P, F] where they stand in padded ones, by `rows` of `packed_rows`: [S, B, F], 0 in
/// the padding.
torch::Tensor unpack(const torch::Tensor& packed, const torch::Tensor& rows, int64_t steps,
                     int64_t batch);

/// Throws `c10::Error`, naming `who`, unless `inputs` are [B, S >= 1, features] and `lengths` [B]
/// int64, each in 1..S. Values on a GPU are not looked at, since that would wait for it.
void check_padded(const std::string& who, const torch::Tensor& inputs, const torch::Tensor& lengths,
                  int64_t features);

/// The same for sources of a translation: symbols [B, S >= 1] int64 in 0..vocabulary-1, lengths
/// [B].
void check_sources(const std::string& who, const torch::Tensor& symbols,
                   const torch::Tensor& lengths, int64_t vocabulary);

/// The same for the targets of `batch` sources: symbols [batch, T >= 1] int64 in 0..vocabulary-1,
/// lengths [batch].
void check_targets(const std::string& who, const torch::Tensor& symbols,
                   const torch::Tensor& lengths, int64_t batch, int64_t vocabulary);

/// The same for symbols alone, named `what`: [B, S >= 1] int64 in 0..vocabulary-1.
void check_tokens(const std::string& who, const std::string& what, const torch::Tensor& symbols,
                  int64_t vocabulary);

/// Lengths [B] of sequences [B, T] without padding, int64 on the CPU.
torch::Tensor full_lengths(const torch::Tensor& sequences);

/// What a decoder has read before each step: `begin`, then all targets but the last. [B, T].
torch::Tensor shift_right(const torch::Tensor& targets, int64_t begin);

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

/// The same with several layers: `outputs` of the top one, `hidden` and `cell` [layers, B, H].
PaddedRun run_padded_stack(torch::nn::LSTM& lstm, const torch::Tensor& inputs,
                           const torch::Tensor& lengths);

}  // namespace zoo
