// The additive score, also called concat: how well a key answers a query, by a small network.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/options/options.h"

namespace zoo {

struct AdditiveScoreOptions {
  int64_t query_size = 0;  ///< Q, features of a query
  int64_t key_size = 0;    ///< K, features of a key
  int64_t units = 0;       ///< A, hidden units

  static void fields(auto& self, auto&& visit) {
    visit("query_size", self.query_size, "features of a query", at_least(1));
    visit("key_size", self.key_size, "features of a key", at_least(1));
    visit("units", self.units, "hidden units", at_least(1));
  }
};

/// score(q, k) = v . tanh(W_q q + W_k k)
///
/// Bahdanau, Cho and Bengio (2015), "Neural Machine Translation by Jointly Learning to Align and
/// Translate", arXiv:1409.0473, appendix A.1.2; the pointer of Vinyals et al. (2015),
/// arXiv:1506.03134, eq. 3.
///
/// Shapes: B batch, T queries, S keys.
class AdditiveScoreImpl final : public torch::nn::Cloneable<AdditiveScoreImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit AdditiveScoreImpl(AdditiveScoreOptions options);

  /// W_k k, the part that does not depend on the query: [..., K] -> [..., A]. Decoders make it
  /// once per sequence.
  torch::Tensor project_keys(const torch::Tensor& keys);

  /// queries [B, T, Q], projected_keys [B, S, A]; returns the scores [B, T, S]. In float32 on the
  /// CPU there is no second derivative (`additive_scores_fused`).
  ///
  /// Both throw `c10::Error` for tensors of another shape.
  torch::Tensor forward(const torch::Tensor& queries, const torch::Tensor& projected_keys);

  void reset() override;

  AdditiveScoreOptions options;  ///< as constructed; changing it later has no effect

 private:
  torch::nn::Linear query_{nullptr};  // W_q
  torch::nn::Linear key_{nullptr};    // W_k
  torch::Tensor score_;               // v, [A]
};
TORCH_MODULE(AdditiveScore);

}  // namespace zoo
