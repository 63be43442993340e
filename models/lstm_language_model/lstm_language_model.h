// A language model of LSTM layers: the baseline of those that attend.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <memory>

#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Options of an `LstmLanguageModel`; the defaults are those of the LSTMN's paper, section 5.1.
struct LstmLanguageModelOptions {
  int64_t vocabulary = 0;        ///< V
  int64_t embedding_size = 150;  ///< E
  int64_t hidden_size = 300;     ///< H
  int64_t layers = 1;            ///< L
  double dropout = 0;
  double init_range = 0.1;

  static void fields(auto& self, auto&& visit) {
    visit("vocabulary", self.vocabulary, "symbols (from the data)", at_least(4));
    visit("embedding_size", self.embedding_size, "features of an embedded symbol", at_least(1));
    visit("hidden_size", self.hidden_size, "units of each layer", at_least(1));
    visit("layers", self.layers, "layers on top of each other", at_least(1));
    visit("dropout", self.dropout,
          "share of embeddings and of what each layer gives on left out while training",
          between(0, 0.95));
    visit("init_range", self.init_range, "weights start uniform within plus and minus this",
          above(0));
  }
};

/// What one call hands to the next.
struct LstmLanguageModelState {
  torch::Tensor hidden;  ///< [L, B, H]
  torch::Tensor cell;    ///< [L, B, H]

  /// That of these examples, `rows` [M] int64.
  LstmLanguageModelState select(const torch::Tensor& rows) const;
};

struct LstmLanguageModelRun {
  torch::Tensor features;        ///< what the output layer is given, [B, T, H]
  LstmLanguageModelState state;  ///< to go on from
};

/// The LSTM that Cheng, Dong and Lapata (2016), arXiv:1601.06733, table 1, compare the LSTMN with;
/// dropout as in Zaremba, Sutskever and Vinyals (2014), arXiv:1409.2329, never from step to step.
///
/// Shapes: B batch, T steps, H units, L layers, V symbols.
class LstmLanguageModelImpl final : public torch::nn::Cloneable<LstmLanguageModelImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit LstmLanguageModelImpl(LstmLanguageModelOptions options);

  /// The scores of the symbol after each of `tokens` [B, T] int64 in 0..V-1: [B, T, V].
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, and on the CPU for
  /// symbols out of range.
  torch::Tensor forward(const torch::Tensor& tokens);

  /// What the output layer is given, the hidden vectors of the top layer: [B, T, H].
  torch::Tensor features(const torch::Tensor& tokens);

  /// The same from a given state.
  LstmLanguageModelRun run(const torch::Tensor& tokens, const LstmLanguageModelState& state);

  /// Zero.
  LstmLanguageModelState initial_state(int64_t batch_size);

  /// Reads `prompt` [B, T], then goes on step by step. Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& prompt);

  void reset() override;

  LstmLanguageModelOptions options;   ///< as constructed; changing it later has no effect
  torch::nn::Linear output{nullptr};  ///< [V, H]

 private:
  torch::Tensor drop(const torch::Tensor& values) const;

  torch::nn::Embedding embedding_{nullptr};
  torch::nn::LSTM lstm_{nullptr};
};
TORCH_MODULE(LstmLanguageModel);

}  // namespace zoo
