// Multi-head attention: of a sequence to itself, and of one to another.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <vector>

#include "zoo/models/padded_sequences/padding.h"
#include "zoo/models/transformer_layers/scaled_dot_product.h"

namespace zoo {

/// Sizes of the attention of Vaswani et al. (2017), arXiv:1706.03762, section 3.2.2.
///
/// Shapes here and below: B batch, T queries, S keys, M model_size, H heads, K key_size, U
/// value_size.
struct MultiHeadAttentionOptions {
  int64_t model_size = 512;
  int64_t heads = 8;
  int64_t key_size = 64;    ///< of a query too
  int64_t value_size = 64;  ///< of a head
  bool biases = false;      ///< of all projections; the paper has none
  double dropout = 0;       ///< share of the weights left out while training; the paper: none
};

/// Sequences [B, T] and the form in which their states come.
struct Sequences {
  AllowedKeys allowed{};  ///< where a step may look within its own sequence
  /// If there is any, its steps are left out: states are the P other rows [P, M], not [B, T, M].
  Padding padding{};
};

/// Keys [B, H, S, K] and values [B, H, S, U] of all heads.
struct KeysAndValues {
  torch::Tensor keys;
  torch::Tensor values;

  /// Puts those of later steps behind these; these may be undefined.
  void append(const KeysAndValues& later);
  /// Of the examples `rows` [M] int64 instead.
  void select(const torch::Tensor& rows);
};

/// The weights [B, H, T, S] of an attention are put here, for those who want to see them.
using SeenWeights = std::vector<torch::Tensor>;

/// MultiHead(x, x, x) = Concat(head_1 .. head_H) W^O with head_i = Attention(x W_i^Q, x W_i^K,
/// x W_i^V). One product projects all: the rows of `query_key_value` [H (2 K + U), M] are those of
/// the queries, the keys and the values, each by head; W^O is `merge` [M, H U].
///
/// Matrices start uniform after Glorot and Bengio (2010), each of the three on its own, biases at
/// 0.
class SelfAttentionImpl final : public torch::nn::Cloneable<SelfAttentionImpl> {
 public:
  explicit SelfAttentionImpl(MultiHeadAttentionOptions options);

  /// states of `sequences`, [B, T, M] or [P, M]; returns the same shape. With `past` the states go
  /// on from those whose keys and values it holds, and theirs are put behind them. `seen` may be
  /// null.
  torch::Tensor forward(const torch::Tensor& states, const Sequences& sequences,
                        KeysAndValues* past = nullptr, SeenWeights* seen = nullptr);

  void reset() override;

  MultiHeadAttentionOptions options;  ///< as constructed; changing it later has no effect
  torch::nn::Linear query_key_value{nullptr};
  torch::nn::Linear merge{nullptr};
};
TORCH_MODULE(SelfAttention);

/// MultiHead(x, m, m), likewise: queries of one sequence, keys and values of another, by `query`
/// [H K, M] and `key_value` [H (K + U), M].
class CrossAttentionImpl final : public torch::nn::Cloneable<CrossAttentionImpl> {
 public:
  explicit CrossAttentionImpl(MultiHeadAttentionOptions options);

  /// Of what is attended to: memory [B, S, M], or, with `padding`, [P, M].
  KeysAndValues project(const torch::Tensor& memory, const Padding& padding);

  /// states that ask, [B, T, M], or, with `padding`, [P, M]; returns the same shape. `allowed` are
  /// the keys of the memory; `seen` may be null.
  torch::Tensor forward(const torch::Tensor& states, const Padding& padding,
                        const KeysAndValues& memory, const AllowedKeys& allowed,
                        SeenWeights* seen = nullptr);

  void reset() override;

  MultiHeadAttentionOptions options;  ///< as constructed; changing it later has no effect
  torch::nn::Linear query{nullptr};
  torch::nn::Linear key_value{nullptr};
  torch::nn::Linear merge{nullptr};
};
TORCH_MODULE(CrossAttention);

}  // namespace zoo
