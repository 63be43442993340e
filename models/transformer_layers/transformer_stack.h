// Layers of the Transformer on top of each other.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "zoo/models/transformer_layers/transformer_layer.h"

namespace zoo {

/// An encoder, or, if its layers cross, a decoder: `layers`, and the `norm` after the last one if
/// they are normalised before their sublayers.
class TransformerStackImpl final : public torch::nn::Cloneable<TransformerStackImpl> {
 public:
  TransformerStackImpl(TransformerLayerOptions options, int64_t layers);

  /// states of `sequences`, [B, T, M] or [P, M]; returns the same shape.
  ///
  /// memory  of each layer, or none
  /// past    of each layer, or null: see `SelfAttention`
  /// seen    gets the weights of each layer in turn; may be null
  torch::Tensor forward(torch::Tensor states, const Sequences& sequences,
                        const std::vector<LayerMemory>& memory = {},
                        std::vector<KeysAndValues>* past = nullptr, SeenWeights* seen = nullptr);

  /// What each layer needs of a memory, the states of `sequences`, whose `allowed` keys it may look
  /// at; for layers that cross.
  std::vector<LayerMemory> project(const torch::Tensor& memory, const Sequences& sequences);

  void reset() override;

  torch::nn::ModuleList layers{nullptr};
  torch::nn::LayerNorm norm{nullptr};  ///< empty if norms come after sublayers

 private:
  TransformerLayerOptions options_;
  int64_t count_;
};
TORCH_MODULE(TransformerStack);

}  // namespace zoo
