// Attention to a source, by any score, to the whole of it or to a window.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/attention/attention_score.h"
#include "zoo/models/attention/score_options.h"
#include "zoo/models/attention/window_options.h"
#include "zoo/models/options/options.h"

namespace zoo {

struct AttentionOptions {
  int64_t query_size = 0;  ///< Q, features of a query
  int64_t key_size = 0;    ///< K, features of a place
  ScoreOptions score = GeneralScoreOptions{};
  WindowOptions window = GlobalWindowOptions{};

  static void fields(auto& self, auto&& visit) {
    visit("query_size", self.query_size, "features of a query", at_least(1));
    visit("key_size", self.key_size, "features of a place", at_least(1));
    visit("score", self.score, "how queries and keys are compared");
    visit("window", self.window, "the part of the source that a query looks at");
  }
};

/// What there is to attend to, made once per source.
///
/// Shapes: B batch, S places, K features, P features of a projected key.
struct AttentionSource {
  torch::Tensor values{};   ///< [B, S, K]
  torch::Tensor keys{};     ///< [B, S, P], projected for the score
  torch::Tensor lengths{};  ///< [B] int64 on the device of the values
  torch::Tensor places{};   ///< [B, S] bool: false in the padding
};

struct Attended {
  torch::Tensor contexts;  ///< [B, T, K], sum over s of a_t(s) values_s
  torch::Tensor weights;   ///< a_t(s): [B, T, S], 0 in the padding
};

/// Global and local attention of Luong, Pham and Manning (2015), "Effective Approaches to
/// Attention-based Neural Machine Translation", arXiv:1508.04025, sections 3.1 and 3.2.
///
/// Weights are a softmax of the scores over the window. With `local_p` they are then multiplied by
/// a Gaussian and sum to less than 1; a window in which no place is leaves all weights 0.
///
/// Shapes: B batch, S places, T queries.
class AttentionImpl final : public torch::nn::Cloneable<AttentionImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit AttentionImpl(AttentionOptions options);

  /// values [B, S, K]; lengths [B] int64 in 1..S, better left on the CPU. Throws `c10::Error` for
  /// sources that are too long for the location score.
  AttentionSource prepare(const torch::Tensor& values, const torch::Tensor& lengths);

  /// queries [B, T, Q] of the steps from `first_step` on; the step matters to `local_m` alone.
  Attended forward(const AttentionSource& source, const torch::Tensor& queries,
                   int64_t first_step = 0);

  void reset() override;

  AttentionOptions options;             ///< as constructed; changing it later has no effect
  AttentionScore score{nullptr};        ///< its weights are registered as those of this module
  torch::nn::Linear position{nullptr};  ///< W_p of local-p: [Q, Q]; else empty
  torch::Tensor position_score;         ///< v_p of local-p: [Q]; else undefined

 private:
  torch::Tensor weigh(const AttentionSource& source, const torch::Tensor& queries,
                      int64_t first_step);
};
TORCH_MODULE(Attention);

}  // namespace zoo
