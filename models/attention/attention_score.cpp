#include "zoo/models/attention/attention_score.h"

#include <utility>

#include "zoo/models/attention/scores.h"

namespace zoo {

using torch::Tensor;

AttentionScoreImpl::AttentionScoreImpl(AttentionScoreOptions options)
    : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "AttentionScore: ", problem);
  TORCH_CHECK(attends(this->options.score), "AttentionScore: score none has no scores");
  reset();
}

void AttentionScoreImpl::reset() {
  const int64_t query = options.query_size, key = options.key_size;
  const auto linear = [](int64_t from, int64_t to) {
    return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(false));
  };
  if (std::holds_alternative<GeneralScoreOptions>(options.score)) {
    general_ = register_module("general", linear(key, query));
  } else if (const auto* concat = std::get_if<ConcatScoreOptions>(&options.score)) {
    concat_ = register_module("concat", AdditiveScore(AdditiveScoreOptions{
                                            .query_size = query,
                                            .key_size = key,
                                            .units = concat->units > 0 ? concat->units : key}));
  } else if (const auto* location = std::get_if<LocationScoreOptions>(&options.score)) {
    location_ = register_module("location", linear(query, location->max_source_length));
  } else {
    TORCH_CHECK(query == key, "AttentionScore: this score needs query_size = key_size, got ", query,
                " and ", key);
  }
}

Tensor AttentionScoreImpl::project_keys(const Tensor& keys) {
  TORCH_CHECK(keys.dim() == 3 && keys.size(2) == options.key_size,
              "AttentionScore: keys must be [B, S, ", options.key_size, "], got ", keys.sizes());
  if (!general_.is_empty()) return general_->forward(keys);
  if (!concat_.is_empty()) return concat_->project_keys(keys);
  if (std::holds_alternative<ContentScoreOptions>(options.score)) return unit_vectors(keys);
  if (std::holds_alternative<ScaledDotScoreOptions>(options.score)) return scaled_keys(keys);
  return keys;
}

Tensor AttentionScoreImpl::forward(const Tensor& queries, const Tensor& projected_keys) {
  TORCH_CHECK(queries.dim() == 3 && queries.size(2) == options.query_size,
              "AttentionScore: queries must be [B, T, ", options.query_size, "], got ",
              queries.sizes());
  if (!concat_.is_empty()) return concat_->forward(queries, projected_keys);
  if (!location_.is_empty()) {
    return location_scores(queries, location_->weight, projected_keys.size(1));
  }
  const bool cosine = std::holds_alternative<ContentScoreOptions>(options.score);
  return dot_scores(cosine ? unit_vectors(queries) : queries, projected_keys);
}

bool AttentionScoreImpl::is_product() const {
  return std::holds_alternative<DotScoreOptions>(options.score) ||
         std::holds_alternative<ScaledDotScoreOptions>(options.score) ||
         std::holds_alternative<GeneralScoreOptions>(options.score);
}

void AttentionScoreImpl::check_lengths(const Tensor& lengths, int64_t places) const {
  if (location_.is_empty() || places <= location_->options.out_features()) return;
  const auto longest = lengths.max().item<int64_t>();
  TORCH_CHECK(longest <= location_->options.out_features(),
              "AttentionScore: the location score is for sources of at most ",
              location_->options.out_features(), " symbols (max_source_length), got ", longest);
}

}  // namespace zoo
