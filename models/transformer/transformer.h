// Attention is all you need: the encoder-decoder Transformer.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <optional>
#include <vector>

#include "zoo/models/attention_map/attention_map.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/transformer/transformer_options.h"
#include "zoo/models/transformer_layers/transformer_stack.h"

namespace zoo {

/// What decoding needs of an encoded batch of sources, and of the symbols said so far.
struct TransformerMemory {
  std::vector<KeysAndValues> past;  ///< of each layer, of the symbols said so far
  std::vector<LayerMemory> source;  ///< of each layer, of the encoder's output
  int64_t step = 0;                 ///< symbols said so far

  /// The memory of the sequences `rows` [M] int64 instead: where they stand, ...
  void select_state(const torch::Tensor& rows);
  /// ... and what is known of their sources.
  void select_source(const torch::Tensor& rows);
};

struct TransformerStep {
  torch::Tensor logits;  ///< [B, V]
};

/// The weights of all attentions, 0 in the padding of the source, in its rows too.
///
/// Shapes: L layers, B batch, H heads, S source symbols, T target symbols.
struct TransformerWeights {
  torch::Tensor encoder;  ///< [L, B, H, S, S]
  torch::Tensor decoder;  ///< [L, B, H, T, T], 0 after a step
  torch::Tensor cross;    ///< [L, B, H, T, S]
};

/// Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser and Polosukhin (2017), "Attention Is
/// All You Need", arXiv:1706.03762.
///
/// Sequences end with `kEnd` and are padded at their ends; the decoder begins with `kBegin`
/// (models/padded_sequences/symbols.h). What stands in the padding changes nothing.
///
/// Shapes: B batch, S source symbols, T target symbols, V target vocabulary, M model_size.
class TransformerImpl final : public torch::nn::Cloneable<TransformerImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range or does not fit another.
  explicit TransformerImpl(TransformerOptions options);

  /// The scores of the next symbol, with the right ones so far as inputs of the decoder.
  ///
  /// source          [B, S] int64 in 0..source_vocabulary-1
  /// source_lengths  [B]    int64 in 1..S, better left on the CPU
  /// target          [B, T] int64 in 0..V-1, shifted right by this module
  /// returns         [B, T, V]
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, for more symbols than
  /// learned positions, and on the CPU for symbols and lengths out of range.
  torch::Tensor forward(const torch::Tensor& source, const torch::Tensor& source_lengths,
                        const torch::Tensor& target);

  /// What the output layer is given, [B, T, M]. For losses that need not see all logits at once,
  /// nor padding: target_lengths [B] int64 in 1..T, better left on the CPU; what stands beyond them
  /// means nothing.
  torch::Tensor features(const torch::Tensor& source, const torch::Tensor& source_lengths,
                         const torch::Tensor& target, const torch::Tensor& target_lengths);

  /// Where the decoder looks: the mean of the last layer's heads [B, T, S]. Rows sum to 1.
  torch::Tensor attention(const torch::Tensor& source, const torch::Tensor& source_lengths,
                          const torch::Tensor& target);

  /// The weights of every head.
  TransformerWeights attention_weights(const torch::Tensor& source,
                                       const torch::Tensor& source_lengths,
                                       const torch::Tensor& target);

  /// The same as maps, of a batch of one; rows and columns are "source", "translation", or "read
  /// before": `kBegin` and the translation without its last symbol.
  std::vector<AttentionMap> attention_maps(const torch::Tensor& source,
                                           const torch::Tensor& source_lengths,
                                           const torch::Tensor& target);

  /// Decodes step by step, for `beam_search`, with a cache. Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& source,
                                       const torch::Tensor& source_lengths);

  /// The parts of which the above consist: the encoder, ...
  TransformerMemory encode(const torch::Tensor& source, const torch::Tensor& source_lengths,
                           SeenWeights* seen = nullptr);
  /// ... and a step after the symbols `previous` [B] int64; `memory` then stands behind it.
  TransformerStep step(TransformerMemory& memory, const torch::Tensor& previous);

  void reset() override;
  std::shared_ptr<torch::nn::Module> clone(
      const std::optional<torch::Device>& device = std::nullopt) const override;

  TransformerOptions options;         ///< as constructed; changing it later has no effect
  torch::nn::Linear output{nullptr};  ///< [V, M], no bias; no parameter of its own if tied

 private:
  torch::Tensor run(const torch::Tensor& source, const torch::Tensor& source_lengths,
                    const torch::Tensor& target, const torch::Tensor& target_lengths,
                    SeenWeights* encoder, SeenWeights* decoder);
  torch::Tensor embed(torch::nn::Embedding& table, const torch::Tensor& symbols,
                      const torch::nn::Embedding& positions, int64_t first);
  void reset_embeddings();

  torch::nn::Embedding source_embedding_{nullptr};
  torch::nn::Embedding target_embedding_{nullptr};  // the source's if all are tied
  torch::nn::Embedding source_positions_{nullptr};  // empty unless learned, as the target's
  torch::nn::Embedding target_positions_{nullptr};
  TransformerStack encoder_{nullptr};
  TransformerStack decoder_{nullptr};
};
TORCH_MODULE(Transformer);

}  // namespace zoo
