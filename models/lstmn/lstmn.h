// The long short-term memory-network: an LSTM that attends to its own past.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <vector>

#include "zoo/models/attention_map/attention_map.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/lstmn/lstmn_layer.h"
#include "zoo/models/lstmn/lstmn_options.h"

namespace zoo {

/// What one call hands to the next.
struct LstmnState {
  std::vector<LstmnTapes> layers;  ///< from the lowest on

  /// That of these examples, `rows` [M] int64.
  LstmnState select(const torch::Tensor& rows) const;
};

struct LstmnRun {
  torch::Tensor features;  ///< what the output layer is given, [B, T, N]
  LstmnState state;        ///< to go on from
};

/// A sequence as others may attend to it.
///
/// Shapes: B batch, S most symbols of a sequence, N units.
struct LstmnEncoding {
  torch::Tensor hidden;  ///< h_j of the top layer, [B, S, N]; 0 in the padding
  torch::Tensor memory;  ///< c_j, [B, S, N]; 0 in the padding
  torch::Tensor places;  ///< [B, S] bool: false in the padding
};

/// Cheng, Dong and Lapata (2016), "Long Short-Term Memory-Networks for Machine Reading",
/// arXiv:1601.06733, section 3: as a language model, and as what reads a sequence for others.
///
/// Each layer is a `LstmnLayer`; a higher one reads the hidden vectors of the one below. Nothing is
/// kept between calls: whoever goes on with a text passes the state on.
///
/// Shapes: B batch, T steps, N units, L layers, V symbols.
///
///     zoo::Lstmn model(zoo::LstmnOptions{.vocabulary = 69});
///     auto logits = model(tokens);                                   // [B, T, V]
///     auto run = model->run(tokens, model->initial_state(2));        // B = 2
///     auto next = model->run(more_tokens, run.state);
///
class LstmnImpl final : public torch::nn::Cloneable<LstmnImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit LstmnImpl(LstmnOptions options);

  /// The scores of the symbol after each of `tokens` [B, T] int64 in 0..V-1: [B, T, V].
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, and on the CPU for
  /// symbols and lengths out of range.
  torch::Tensor forward(const torch::Tensor& tokens);

  /// What the output layer is given, h_t of the top layer: [B, T, N]. For losses that need not see
  /// all logits at once.
  torch::Tensor features(const torch::Tensor& tokens);

  /// The same from a given state.
  LstmnRun run(const torch::Tensor& tokens, const LstmnState& state);

  /// Empty tapes.
  LstmnState initial_state(int64_t batch_size);

  /// Reads `prompt` [B, T], then goes on step by step. Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& prompt);

  /// The tapes of sequences of unequal length, [B, S] int64, padded at their ends; `lengths` [B]
  /// int64 in 1..S. What stands in the padding changes nothing.
  LstmnEncoding encode(const torch::Tensor& tokens, const torch::Tensor& lengths);

  /// s of all layers, [L, B, T, T]: row t is of step t, 0 at t, after it and off the tape.
  torch::Tensor intra_attention(const torch::Tensor& tokens);

  /// The same of one text [1, T], for people to look at.
  std::vector<AttentionMap> attention_maps(const torch::Tensor& tokens);

  void reset() override;

  LstmnOptions options;               ///< as constructed; changing it later has no effect
  torch::nn::Linear output{nullptr};  ///< [V, N]

 private:
  struct Trace {
    torch::Tensor hidden;                // h_t of the top layer, [T, B, N]
    torch::Tensor memory;                // c_t likewise
    LstmnState state;                    // of all layers
    std::vector<torch::Tensor> weights;  // of each layer, [T, B, K + T]
  };

  Trace trace(const torch::Tensor& tokens, const LstmnState& state);
  torch::Tensor drop(const torch::Tensor& values) const;

  torch::nn::Embedding embedding_{nullptr};
  torch::nn::ModuleList layers_{nullptr};
};
TORCH_MODULE(Lstmn);

}  // namespace zoo
