// Where a step of the LSTMN looks on its tapes.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/lstmn/lstmn_options.h"

namespace zoo {

struct IntraAttentionOptions {
  int64_t input_size = 0;   ///< I
  int64_t hidden_size = 0;  ///< N
  PreviousSummary previous_summary = PreviousSummary::kUsed;

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "features of one input", at_least(1));
    visit("hidden_size", self.hidden_size, "units, and features of a place", at_least(1));
    visit("previous_summary", self.previous_summary, "whether the summary of before has a part");
  }
};

/// a_i = v . tanh(W_h h_i + W_x x_t + W_h~ h~_{t-1})
/// s   = softmax of a over the places of the tape
///
/// Cheng, Dong and Lapata (2016), arXiv:1601.06733, eq. 4 and 5.
///
/// Shapes: B batch, K places, I input, N units.
class IntraAttentionImpl final : public torch::nn::Cloneable<IntraAttentionImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit IntraAttentionImpl(IntraAttentionOptions options);

  /// s [B, K], of keys W_h h_i [B, K, N], query W_x x_t [B, N] and summary h~_{t-1} [B, N]; empty
  /// for an empty tape.
  torch::Tensor forward(const torch::Tensor& keys, const torch::Tensor& query,
                        const torch::Tensor& summary);

  void reset() override;

  IntraAttentionOptions options;  ///< as constructed; changing it later has no effect

  torch::nn::Linear hidden{nullptr};   ///< W_h: [N, N]
  torch::nn::Linear input{nullptr};    ///< W_x: [N, I]
  torch::nn::Linear summary{nullptr};  ///< W_h~: [N, N]; empty where it is not used
  torch::Tensor score;                 ///< v: [N]
};
TORCH_MODULE(IntraAttention);

}  // namespace zoo
