#include "zoo/models/attention/additive_score.h"

#include <cmath>
#include <utility>

#include "zoo/models/attention/additive_scores.h"
#include "zoo/models/vector_math/can_fuse.h"

namespace zoo {

AdditiveScoreImpl::AdditiveScoreImpl(AdditiveScoreOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "AdditiveScore: ", problem);
  reset();
}

void AdditiveScoreImpl::reset() {
  const auto linear = [this](int64_t inputs) {
    return torch::nn::Linear(torch::nn::LinearOptions(inputs, options.units).bias(false));
  };
  query_ = register_module("query", linear(options.query_size));
  key_ = register_module("key", linear(options.key_size));
  // As a linear layer with one output starts.
  const double bound = 1 / std::sqrt(static_cast<double>(options.units));
  score_ = register_parameter("score", torch::empty(options.units).uniform_(-bound, bound));
}

torch::Tensor AdditiveScoreImpl::project_keys(const torch::Tensor& keys) {
  TORCH_CHECK(keys.dim() > 0 && keys.size(-1) == options.key_size,
              "AdditiveScore: keys must be [..., ", options.key_size, "], got ", keys.sizes());
  return key_->forward(keys);
}

torch::Tensor AdditiveScoreImpl::forward(const torch::Tensor& queries,
                                         const torch::Tensor& projected_keys) {
  TORCH_CHECK(queries.dim() == 3 && queries.size(2) == options.query_size,
              "AdditiveScore: queries must be [B, T, ", options.query_size, "], got ",
              queries.sizes());
  const auto projected = query_->forward(queries);  // [B, T, A]
  const auto is_float_here = [](const torch::Tensor& tensor) {
    return can_fuse(tensor) && tensor.scalar_type() == torch::kFloat;
  };
  const bool fused =
      is_float_here(projected) && is_float_here(projected_keys) && is_float_here(score_);
  return fused ? additive_scores_fused(projected, projected_keys, score_)
               : additive_scores(projected, projected_keys, score_);
}

}  // namespace zoo
