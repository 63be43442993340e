// The memory of the Neural Turing Machine: one pure function for each equation of the paper.
//
// Graves, Wayne and Danihelka (2014), "Neural Turing Machines", arXiv:1410.5401, section 3.
//
// Shapes: B batch, N memory rows (locations), M memory columns, K heads (R read, then W write
// heads), S shifts. Every tensor is floating point, all of one dtype and device.
#pragma once

#include <torch/types.h>

namespace zoo {

/// Eq. 2: what the read heads see, sum_i w(i) M(i).
/// memory [B, N, M], weights [B, R, N]; returns [B, R, M].
torch::Tensor read_memory(const torch::Tensor& memory, const torch::Tensor& weights);

/// Eq. 3 and 4: every head erases, M(i) * (1 - w(i) e), then every head adds, + w(i) a.
/// memory [B, N, M], weights [B, W, N], erase [B, W, M] in [0, 1], add [B, W, M];
/// returns [B, N, M].
torch::Tensor write_memory(const torch::Tensor& memory, const torch::Tensor& weights,
                           const torch::Tensor& erase, const torch::Tensor& add);

/// Eq. 6: cosine of key and row, u . v / (|u| |v| + 1e-8); 0 where one of them is 0.
/// memory [B, N, M], key [B, K, M]; returns [B, K, N] in [-1, 1].
torch::Tensor row_similarity(const torch::Tensor& memory, const torch::Tensor& key);

/// Eq. 5: softmax over the rows of strength * similarity.
/// similarity [B, K, N], strength [B, K, 1] >= 0; returns [B, K, N], rows sum to 1.
torch::Tensor focus_on_content(const torch::Tensor& similarity, const torch::Tensor& strength);

/// Eq. 7: gate * content + (1 - gate) * previous.
/// content [B, K, N], previous [B, K, N], gate [B, K, 1] in [0, 1]; returns [B, K, N].
torch::Tensor interpolate(const torch::Tensor& content, const torch::Tensor& previous,
                          const torch::Tensor& gate);

/// Eq. 8: circular convolution. Column S / 2 of `shift` is offset zero; the column after it
/// moves the focus from row i to row i + 1.
/// weights [B, K, N], shift [B, K, S] with odd S <= N; returns [B, K, N].
torch::Tensor rotate(const torch::Tensor& weights, const torch::Tensor& shift);

/// Eq. 9: weights^gamma, normalised. Computed as softmax(gamma log(weights + 1e-16)): the power
/// itself underflows for the exponents that a trained machine uses.
/// weights [B, K, N] >= 0, gamma [B, K, 1] >= 1; returns [B, K, N], rows sum to 1.
torch::Tensor sharpen(const torch::Tensor& weights, const torch::Tensor& gamma);

/// How many numbers the controller emits for what; the layout of its output.
struct HeadLayout {
  int64_t columns;      ///< M
  int64_t read_heads;   ///< R
  int64_t write_heads;  ///< W
  int64_t shifts;       ///< S

  int64_t heads() const { return read_heads + write_heads; }
  /// Key, strength, gate, shift and sharpening of one head, in this order.
  int64_t addressing() const { return columns + shifts + 3; }
  /// P: the addressing of all heads, then all erase vectors, then all add vectors.
  int64_t total() const { return heads() * addressing() + 2 * write_heads * columns; }
};

/// What the heads are told, after the squashing that keeps each in its range.
struct HeadParameters {
  torch::Tensor key;         ///< [B, K, M] tanh
  torch::Tensor strength;    ///< [B, K, 1] softplus
  torch::Tensor gate;        ///< [B, K, 1] sigmoid
  torch::Tensor shift;       ///< [B, K, S] softmax
  torch::Tensor sharpening;  ///< [B, K, 1] 1 + softplus
  torch::Tensor erase;       ///< [B, W, M] sigmoid
  torch::Tensor add;         ///< [B, W, M] tanh
};

/// Splits and squashes the controller's output [B, P].
HeadParameters head_parameters(const torch::Tensor& emitted, const HeadLayout& layout);

/// Memory and where its heads look.
struct MemoryState {
  torch::Tensor memory;   ///< [B, N, M]
  torch::Tensor weights;  ///< [B, K, N] the weighting of each head; eq. 1: rows sum to 1
  torch::Tensor reads;    ///< [B, R, M] what the read heads saw last
};

/// One time step: all heads address the memory as it was (eq. 5 to 9), read from it (eq. 2) and
/// only then write to it (eq. 3 and 4). emitted [B, P].
MemoryState step_memory(const torch::Tensor& emitted, const MemoryState& previous,
                        const HeadLayout& layout);

/// The same as one node of the graph, several times as fast on the CPU; float32 and float64.
/// Has no second derivative: its backward throws `c10::Error` when one is asked for.
MemoryState step_memory_fused(const torch::Tensor& emitted, const MemoryState& previous,
                              const HeadLayout& layout);

}  // namespace zoo
