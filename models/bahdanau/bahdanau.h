// Translation by jointly learning to align and translate: RNNsearch and RNNencdec.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <memory>

#include "zoo/models/attention/additive_score.h"
#include "zoo/models/bahdanau/bahdanau_options.h"
#include "zoo/models/bahdanau/readout.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/gated_unit/gated_unit.h"
#include "zoo/models/padded_sequences/packed_steps.h"

namespace zoo {

/// What decoding needs of an encoded batch of sources.
///
/// Shapes: B batch, S source symbols, H units, A alignment units, D features of an annotation.
struct BahdanauMemory {
  torch::Tensor state;  ///< s, [B, H], where the decoder stands
  // With attention, else undefined:
  torch::Tensor annotations{};  ///< h_j, [B, S, D]
  torch::Tensor keys{};         ///< U_a h_j, [B, S, A]
  torch::Tensor lengths{};      ///< [B] int64 on the CPU, as encoded: not selected
  torch::Tensor places{};       ///< [B, S] bool: false in the padding
  // Without attention, else undefined:
  torch::Tensor context{};  ///< c of every step, [B, D]

  /// The memory of the sequences `rows` [M] int64 instead: where they stand, ...
  void select_state(const torch::Tensor& rows);
  /// ... and what is known of their sources.
  void select_source(const torch::Tensor& rows);
};

struct BahdanauStep {
  torch::Tensor logits;       ///< [B, V]
  torch::Tensor attention{};  ///< alpha, [B, S]; undefined without attention
};

/// Bahdanau, Cho and Bengio (2015), "Neural Machine Translation by Jointly Learning to Align and
/// Translate", arXiv:1409.0473; without attention the encoder-decoder that it is compared with.
///
/// Sequences end with `kEnd` and are padded at their ends; the decoder begins with `kBegin`
/// (models/padded_sequences/symbols.h). What stands in the padding changes nothing.
///
/// Shapes: B batch, S source symbols, T target symbols, V target vocabulary, L maxout units.
class BahdanauImpl final : public torch::nn::Cloneable<BahdanauImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit BahdanauImpl(BahdanauOptions options);

  /// The scores of the next symbol, with the right ones so far as inputs of the decoder.
  ///
  /// source          [B, S] int64 in 0..source_vocabulary-1
  /// source_lengths  [B]    int64 in 1..S, better left on the CPU
  /// target          [B, T] int64 in 0..V-1, shifted right by this module
  /// returns         [B, T, V]
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, and on the CPU for
  /// symbols and lengths out of range.
  torch::Tensor forward(const torch::Tensor& source, const torch::Tensor& source_lengths,
                        const torch::Tensor& target);

  /// What the output layer is given, t of appendix A.2.2: [B, T, L]. For losses that need not see
  /// all logits at once, nor padding: target_lengths [B] int64 in 1..T, better left on the CPU;
  /// what stands beyond them means nothing.
  torch::Tensor features(const torch::Tensor& source, const torch::Tensor& source_lengths,
                         const torch::Tensor& target, const torch::Tensor& target_lengths);

  /// alpha [B, T, S], 0 in the padding; undefined without attention.
  torch::Tensor attention(const torch::Tensor& source, const torch::Tensor& source_lengths,
                          const torch::Tensor& target);

  /// Decodes step by step, for `beam_search`. Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& source,
                                       const torch::Tensor& source_lengths);

  /// The parts of which the above consist: the encoder, ...
  BahdanauMemory encode(const torch::Tensor& source, const torch::Tensor& source_lengths);
  /// ... and a step after the symbols `previous` [B] int64; `memory` then stands behind it.
  BahdanauStep step(BahdanauMemory& memory, const torch::Tensor& previous);

  void reset() override;

  BahdanauOptions options;            ///< as constructed; changing it later has no effect
  torch::nn::Linear output{nullptr};  ///< W_o and its bias: [V, L]

 private:
  // Of the steps of all sentences, P in all, as they are packed.
  struct Run {
    torch::Tensor features;     // [P, L]
    torch::Tensor attention{};  // [P, S]
    torch::Tensor rows;         // [P]: where each step stands in [T B]
  };
  struct States {
    torch::Tensor states;       // s_i, [P, n]
    torch::Tensor contexts;     // c_i, [P, C]
    torch::Tensor attention{};  // alpha_i, [P, S]
  };

  Run run(const torch::Tensor& source, const torch::Tensor& source_lengths,
          const torch::Tensor& target, const torch::Tensor& target_lengths);
  torch::Tensor drop(const torch::Tensor& values) const;
  bool reads_previous() const { return options.readout_state == ReadoutState::kPrevious; }
  torch::Tensor read_out(const torch::Tensor& state, const torch::Tensor& embedded,
                         const torch::Tensor& context);
  States attend(const BahdanauMemory& memory, const torch::Tensor& projected,
                const PackedSteps& steps);
  States with_fixed_context(const BahdanauMemory& memory, const torch::Tensor& projected,
                            const PackedSteps& steps);
  void start_weights();

  torch::nn::Embedding source_embedding_{nullptr};
  torch::nn::Embedding target_embedding_{nullptr};
  GatedUnit encoder_forward_{nullptr};
  GatedUnit encoder_backward_{nullptr};  // empty without attention
  torch::nn::Linear initial_{nullptr};   // W_s
  AdditiveScore attention_{nullptr};     // W_a, U_a, v_a; empty without attention
  GatedUnit decoder_{nullptr};
  MaxoutReadout readout_{nullptr};  // U_o, V_o, C_o
};
TORCH_MODULE(Bahdanau);

}  // namespace zoo
