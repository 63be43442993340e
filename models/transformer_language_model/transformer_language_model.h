// The decoder of the Transformer on its own: a language model like GPT-2.
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
#include "zoo/models/options/options.h"
#include "zoo/models/transformer_layers/transformer_stack.h"

namespace zoo {

/// Options of a `TransformerLanguageModel`; the defaults are those of nanoGPT for a GPU.
struct TransformerLanguageModelOptions {
  int64_t vocabulary = 0;         ///< V
  int64_t model_size = 384;       ///< M
  int64_t heads = 6;              ///< H
  int64_t layers = 6;             ///< L
  int64_t context = 256;          ///< C
  int64_t feed_forward_size = 0;  ///< 0: 4 M
  double dropout = 0.2;
  Activation activation = Activation::kGeluTanh;

  static void fields(auto& self, auto&& visit) {
    visit("vocabulary", self.vocabulary, "symbols (from the data)", at_least(4));
    visit("model_size", self.model_size, "features of a symbol in every layer", at_least(1));
    visit("heads", self.heads, "heads of each attention", at_least(1));
    visit("layers", self.layers, "layers on top of each other", at_least(1));
    visit("context", self.context, "symbols that the model sees at once", at_least(2));
    visit("feed_forward_size", self.feed_forward_size,
          "units of the feed-forward networks; 0: 4 times model_size", at_least(0));
    visit("dropout", self.dropout,
          "share of embeddings, attention weights and what each sublayer adds left out while "
          "training",
          between(0, 0.95));
    visit("activation", self.activation, "of the feed-forward networks");
  }
};

/// The symbols read so far, as far as the model still sees them.
struct TransformerLanguageModelState {
  std::vector<KeysAndValues> past;  ///< of each layer
  torch::Tensor tokens;             ///< [B, P] int64, P <= C, whose keys and values those are

  /// That of these examples, `rows` [M] int64.
  TransformerLanguageModelState select(const torch::Tensor& rows) const;
};

struct TransformerLanguageModelRun {
  torch::Tensor features;               ///< what the output layer is given, [B, T, M]
  TransformerLanguageModelState state;  ///< to go on from
};

/// Layers of Vaswani et al. (2017), arXiv:1706.03762, without attention to a source, as GPT-2 has
/// them (Radford, Wu, Child, Luan, Amodei and Sutskever (2019), "Language Models are Unsupervised
/// Multitask Learners"): norms before sublayers and after the last one, learned positions, GELU,
/// the output layer's weights those of the embedding. Weights start normal with deviation 0.02, of
/// what sublayers add with 0.02 / sqrt(2 L).
///
/// Shapes: B batch, T symbols, M model_size, H heads, L layers, V vocabulary, C context.
class TransformerLanguageModelImpl final
    : public torch::nn::Cloneable<TransformerLanguageModelImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range or does not fit another.
  explicit TransformerLanguageModelImpl(TransformerLanguageModelOptions options);

  /// The scores of the symbol after each of `tokens` [B, T <= C] int64 in 0..V-1: [B, T, V].
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, for more symbols than
  /// the context has, and on the CPU for symbols out of range.
  torch::Tensor forward(const torch::Tensor& tokens);

  /// What the output layer is given, [B, T, M].
  torch::Tensor features(const torch::Tensor& tokens);

  /// The same from a given state; a step costs as much as the symbols that it looks back at. A text
  /// that has filled the context goes on from the later half of it, which is read anew: so all in
  /// all that costs no more than twice.
  TransformerLanguageModelRun run(const torch::Tensor& tokens,
                                  const TransformerLanguageModelState& state);

  /// Nothing read yet.
  TransformerLanguageModelState initial_state(int64_t batch_size);

  /// Reads `prompt` [B, T], of which the last C symbols count, then goes on step by step for as
  /// long as it is asked, see `run`. Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& prompt);

  /// The weights of every head for tokens [B, T <= C]: [L, B, H, T, T], 0 after a step.
  torch::Tensor attention_weights(const torch::Tensor& tokens);

  /// The same as maps, of tokens [1, T].
  std::vector<AttentionMap> attention_maps(const torch::Tensor& tokens);

  void reset() override;
  std::shared_ptr<torch::nn::Module> clone(
      const std::optional<torch::Device>& device = std::nullopt) const override;

  TransformerLanguageModelOptions options;  ///< as constructed; changing it later has no effect
  torch::nn::Linear output{nullptr};        ///< [V, M], the embedding's weights, no bias

 private:
  torch::Tensor read(const torch::Tensor& tokens, int64_t first, std::vector<KeysAndValues>* past,
                     SeenWeights* seen);
  void start_weights();

  torch::nn::Embedding embedding_{nullptr};
  torch::nn::Embedding positions_{nullptr};
  TransformerStack stack_{nullptr};  // its parts are registered here, by their own names
};
TORCH_MODULE(TransformerLanguageModel);

}  // namespace zoo
