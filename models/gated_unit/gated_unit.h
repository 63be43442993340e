// The gated recurrent unit as Cho and Bahdanau wrote it.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/options/options.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

struct GatedUnitOptions {
  int64_t input_size = 0;    ///< I
  int64_t hidden_size = 0;   ///< H
  int64_t context_size = 0;  ///< C, features of what an attention adds to each step; 0: none

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "features of one input", at_least(1));
    visit("hidden_size", self.hidden_size, "units", at_least(1));
    visit("context_size", self.context_size, "features of a context; 0: none", at_least(0));
  }
};

/// z  = sigm(W_z x + U_z h + C_z c)
/// r  = sigm(W_r x + U_r h + C_r c)
/// h~ = tanh(W x + U (r * h) + C c)
/// h' = (1 - z) * h + z * h~
///
/// Bahdanau, Cho and Bengio (2015), arXiv:1409.0473, appendix A.1.1 and A.2.2. It is not LibTorch's
/// GRU, which resets after U, with a bias of its own, and whose z means 1 - z.
///
/// Shapes: B batch, T steps; time comes first, since that is how a recurrence goes through memory.
class GatedUnitImpl final : public torch::nn::Cloneable<GatedUnitImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit GatedUnitImpl(GatedUnitOptions options);

  /// W x + b of z, r and h~, the part that no step has to wait for: [..., I] -> [..., 3 H].
  torch::Tensor project(const torch::Tensor& inputs);

  /// One step: projected [B, 3 H], state [B, H], context [B, C] or undefined; returns [B, H].
  torch::Tensor step(const torch::Tensor& projected, const torch::Tensor& state,
                     const torch::Tensor& context = {});

  /// All steps of packed sequences without a context: projected [P, 3 H], start [B, H], active [T]
  /// int64 on the CPU, as in `gated_sequence`; returns [P, H]. In float32 and float64 on the CPU
  /// one node of the graph, without second derivative.
  torch::Tensor run(const torch::Tensor& projected, const torch::Tensor& start,
                    const torch::Tensor& active);

  /// Reads padded sequences from the zero state, forwards or each from its own last step to its
  /// first: inputs [S, B, I], lengths [B] int64 in 1..S, better on the CPU; returns h after each
  /// step, where the step stands, [S, B, H], and 0 in the padding, for which nothing is computed.
  torch::Tensor read(const torch::Tensor& inputs, const torch::Tensor& lengths,
                     Direction direction);

  void reset() override;

  GatedUnitOptions options;  ///< as constructed; changing it later has no effect

  // Rows in the order z, r, h~.
  torch::nn::Linear input{nullptr};      ///< W, b: [3 H, I]
  torch::nn::Linear gates{nullptr};      ///< U_z, U_r: [2 H, H]
  torch::nn::Linear candidate{nullptr};  ///< U: [H, H]
  torch::nn::Linear context{nullptr};    ///< C_z, C_r, C: [3 H, C]; empty without a context
};
TORCH_MODULE(GatedUnit);

}  // namespace zoo
