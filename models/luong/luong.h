// Effective approaches to attention-based translation: global and local attention.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <memory>

#include "zoo/models/attention/attention.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/lstm_cell/lstm_stack.h"
#include "zoo/models/luong/luong_options.h"
#include "zoo/models/padded_sequences/packed_steps.h"

namespace zoo {

/// What decoding needs of an encoded batch of sources, and where it stands.
///
/// Shapes: B batch, S source symbols, L layers, N units.
struct LuongMemory {
  torch::Tensor hidden;  ///< [L, B, N], of each layer of the decoder
  torch::Tensor cell;    ///< [L, B, N]
  AttentionSource
      source{};             ///< with attention, else undefined: the encoder's states and their keys
  torch::Tensor feature{};  ///< h~ of the step before, [B, N]; undefined if it is not read
  int64_t step = 0;         ///< t, symbols said so far

  /// The memory of the sequences `rows` [M] int64 instead: where they stand, ...
  void select_state(const torch::Tensor& rows);
  /// ... and what is known of their sources.
  void select_source(const torch::Tensor& rows);
};

struct LuongStep {
  torch::Tensor logits;       ///< [B, V]
  torch::Tensor attention{};  ///< a_t, [B, S]; undefined without attention
};

/// Luong, Pham and Manning (2015), "Effective Approaches to Attention-based Neural Machine
/// Translation", arXiv:1508.04025; without attention the encoder-decoder of Sutskever et al.
/// (2014), arXiv:1409.3215.
///
/// Sequences end with `kEnd` and are padded at their ends; the decoder begins with `kBegin`
/// (models/padded_sequences/symbols.h). What stands in the padding changes nothing. Attention is
/// told in the order of the source as it is given, whatever the encoder reads first.
///
/// Shapes: B batch, S source symbols, T target symbols, V target vocabulary, N units.
class LuongImpl final : public torch::nn::Cloneable<LuongImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit LuongImpl(LuongOptions options);

  /// The scores of the next symbol, with the right ones so far as inputs of the decoder.
  ///
  /// source          [B, S] int64 in 0..source_vocabulary-1
  /// source_lengths  [B]    int64 in 1..S, better left on the CPU
  /// target          [B, T] int64 in 0..V-1, shifted right by this module
  /// returns         [B, T, V]
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, for sources longer than
  /// the location score knows, and on the CPU for symbols and lengths out of range.
  torch::Tensor forward(const torch::Tensor& source, const torch::Tensor& source_lengths,
                        const torch::Tensor& target);

  /// What the output layer is given, h~_t of eq. 5, or h_t without attention: [B, T, N]. For losses
  /// that need not see all logits at once, nor padding: target_lengths [B] int64 in 1..T, better
  /// left on the CPU; what stands beyond them means nothing.
  torch::Tensor features(const torch::Tensor& source, const torch::Tensor& source_lengths,
                         const torch::Tensor& target, const torch::Tensor& target_lengths);

  /// a_t(s) [B, T, S], 0 in the padding; undefined without attention. Rows sum to 1, with a local
  /// window to less.
  torch::Tensor attention(const torch::Tensor& source, const torch::Tensor& source_lengths,
                          const torch::Tensor& target);

  /// Decodes step by step, for `beam_search`. Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& source,
                                       const torch::Tensor& source_lengths);

  /// The parts of which the above consist: the encoder, ...
  LuongMemory encode(const torch::Tensor& source, const torch::Tensor& source_lengths);
  /// ... and a step after the symbols `previous` [B] int64; `memory` then stands behind it.
  LuongStep step(LuongMemory& memory, const torch::Tensor& previous);

  void reset() override;

  LuongOptions options;               ///< as constructed; changing it later has no effect
  torch::nn::Linear output{nullptr};  ///< W_s: [V, N], no bias

 private:
  struct Run {
    torch::Tensor features;     // [T, B, N]
    torch::Tensor attention{};  // [B, T, S]
  };

  Run run(const torch::Tensor& source, const torch::Tensor& source_lengths,
          const torch::Tensor& target, const torch::Tensor& target_lengths);
  LstmStackRun read(const torch::Tensor& embedded, const torch::Tensor& lengths);
  Run go_through(LuongMemory memory, const torch::Tensor& previous);
  Run feed(LuongMemory memory, const torch::Tensor& previous, const PackedSteps& steps);
  Run feed_fused(const LuongMemory& memory, const torch::Tensor& embedded,
                 const PackedSteps& steps);
  Run attend(const LuongMemory& memory, const torch::Tensor& hidden);
  torch::Tensor advance(LuongMemory& memory, const torch::Tensor& embedded);
  torch::Tensor drop(const torch::Tensor& values) const;
  bool feeds() const { return options.input_feeding == InputFeeding::kAttentional; }

  torch::nn::Embedding source_embedding_{nullptr};
  torch::nn::Embedding target_embedding_{nullptr};
  torch::nn::LSTM encoder_{nullptr};
  torch::nn::LSTM decoder_{nullptr};
  Attention attention_{nullptr};        // empty without attention, as is what follows
  torch::nn::Linear combine_{nullptr};  // W_c: [N, 2 N]
};
TORCH_MODULE(Luong);

}  // namespace zoo
