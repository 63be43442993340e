// Any score function of the family behind one interface.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/attention/additive_score.h"
#include "zoo/models/attention/score_options.h"
#include "zoo/models/options/options.h"

namespace zoo {

struct AttentionScoreOptions {
  int64_t query_size = 0;  ///< Q, features of a query
  int64_t key_size = 0;    ///< K, features of a key
  ScoreOptions score = GeneralScoreOptions{};

  static void fields(auto& self, auto&& visit) {
    visit("query_size", self.query_size, "features of a query", at_least(1));
    visit("key_size", self.key_size, "features of a key", at_least(1));
    visit("score", self.score, "how queries and keys are compared");
  }
};

/// How well each key answers a query, by the score that the options name (`score_options.h`).
///
/// Shapes: B batch, T queries, S keys, P features of a projected key.
class AttentionScoreImpl final : public torch::nn::Cloneable<AttentionScoreImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range: `none` scores nothing, and all
  /// scores but general, concat and location want queries of as many features as keys.
  explicit AttentionScoreImpl(AttentionScoreOptions options);

  /// The part that does not depend on the query: [B, S, K] -> [B, S, P]. Decoders make it once per
  /// sequence.
  torch::Tensor project_keys(const torch::Tensor& keys);

  /// queries [B, T, Q], projected_keys [B, S, P]; returns the scores [B, T, S]. The concat score
  /// has no second derivative in float32 on the CPU.
  ///
  /// Both throw `c10::Error` for tensors of another shape.
  torch::Tensor forward(const torch::Tensor& queries, const torch::Tensor& projected_keys);

  /// Throws `c10::Error` if a source is longer than the location score has rows. Values on a GPU
  /// are looked at only if the padding is longer, too.
  ///
  /// lengths [B] int64, places S
  void check_lengths(const torch::Tensor& lengths, int64_t places) const;

  /// Whether the scores are the scalar products of queries and projected keys.
  bool is_product() const;

  void reset() override;

  AttentionScoreOptions options;  ///< as constructed; changing it later has no effect

 private:
  torch::nn::Linear general_{nullptr};   // W of `general`: [Q, K]
  AdditiveScore concat_{nullptr};        // W and v of `concat`
  torch::nn::Linear location_{nullptr};  // W of `location`: [max_source_length, Q]
};
TORCH_MODULE(AttentionScore);

}  // namespace zoo
