// A layer of the Transformer: attention, then a feed-forward network, each with its normalisation.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <array>
#include <string_view>
#include <vector>

#include "zoo/models/transformer_layers/multi_head_attention.h"

namespace zoo {

/// Where a sublayer f is normalised.
enum class NormPlacement : uint8_t {
  kPost,  ///< x <- norm(x + f(x)), as in the paper
  kPre    ///< x <- x + f(norm(x)), with one more norm after the last layer
};

constexpr std::array<std::string_view, 2> names_of(NormPlacement) { return {"post", "pre"}; }

/// What the feed-forward network has between its two products.
enum class Activation : uint8_t {
  kRelu,
  kGeluTanh,  ///< Hendrycks and Gimpel (2016), arXiv:1606.08415, in its form with tanh
  kGelu       ///< the same with the error function
};

constexpr std::array<std::string_view, 3> names_of(Activation) {
  return {"relu", "gelu_tanh", "gelu"};
}

struct TransformerLayerOptions {
  MultiHeadAttentionOptions attention;
  int64_t feed_forward_size = 2048;  ///< F
  Activation activation = Activation::kRelu;
  NormPlacement norm = NormPlacement::kPost;
  double dropout = 0.1;  ///< of what each sublayer adds
  bool crosses = false;  ///< has attention to a memory too, as in a decoder
};

/// Equation 2, f(x W_1 + b_1) W_2 + b_2: from [.., M] to [.., M] by way of F features. Matrices
/// start uniform after Glorot and Bengio (2010), biases at 0.
class FeedForwardImpl final : public torch::nn::Cloneable<FeedForwardImpl> {
 public:
  FeedForwardImpl(int64_t model_size, int64_t size, Activation activation);

  torch::Tensor forward(const torch::Tensor& states);
  void reset() override;

  torch::nn::Linear first{nullptr};
  torch::nn::Linear second{nullptr};

 private:
  int64_t model_size_, size_;
  Activation activation_;
};
TORCH_MODULE(FeedForward);

/// What a layer of a decoder knows of the source.
struct LayerMemory {
  KeysAndValues source;
  AllowedKeys allowed;
};

/// Vaswani et al. (2017), arXiv:1706.03762, section 3.1: attention to oneself, attention to a
/// memory if it `crosses`, and the feed-forward network. Layer normalisation adds 1e-5 to the
/// variance.
class TransformerLayerImpl final : public torch::nn::Cloneable<TransformerLayerImpl> {
 public:
  explicit TransformerLayerImpl(TransformerLayerOptions options);

  /// states of `sequences`, [B, T, M] or [P, M]; returns the same shape.
  ///
  /// memory  null unless it `crosses`
  /// past    as `SelfAttention` has it, may be null
  /// seen    gets the weights of the attention to oneself, then of that to the memory; may be null
  torch::Tensor forward(torch::Tensor states, const Sequences& sequences,
                        const LayerMemory* memory = nullptr, KeysAndValues* past = nullptr,
                        SeenWeights* seen = nullptr);

  void reset() override;

  TransformerLayerOptions options;  ///< as constructed; changing it later has no effect
  SelfAttention attention{nullptr};
  CrossAttention cross_attention{nullptr};  ///< empty unless it crosses
  FeedForward feed_forward{nullptr};

 private:
  torch::Tensor before(torch::nn::LayerNorm& norm, const torch::Tensor& states);
  torch::Tensor after(torch::nn::LayerNorm& norm, const torch::Tensor& states,
                      const torch::Tensor& added);

  torch::nn::LayerNorm attention_norm_{nullptr};
  torch::nn::LayerNorm cross_attention_norm_{nullptr};
  torch::nn::LayerNorm feed_forward_norm_{nullptr};
};
TORCH_MODULE(TransformerLayer);

}  // namespace zoo
