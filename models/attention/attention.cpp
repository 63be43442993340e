#include "zoo/models/attention/attention.h"

#include <cmath>
#include <utility>

#include "zoo/models/attention/local_window.h"
#include "zoo/models/attention/masked_softmax.h"

namespace zoo {

using torch::Tensor;

AttentionImpl::AttentionImpl(AttentionOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "Attention: ", problem);
  reset();
}

void AttentionImpl::reset() {
  const int64_t size = options.query_size;
  score = AttentionScore(AttentionScoreOptions{
      .query_size = size, .key_size = options.key_size, .score = options.score});
  for (const auto& part : score->named_children()) register_module(part.key(), part.value());
  if (std::holds_alternative<PredictiveWindowOptions>(options.window)) {
    position = register_module("position",
                               torch::nn::Linear(torch::nn::LinearOptions(size, size).bias(false)));
    // As a linear layer with one output starts.
    const double bound = 1 / std::sqrt(static_cast<double>(size));
    position_score =
        register_parameter("position_score", torch::empty(size).uniform_(-bound, bound));
  }
}

AttentionSource AttentionImpl::prepare(const Tensor& values, const Tensor& lengths) {
  score->check_lengths(lengths, values.size(1));
  const Tensor here = lengths.to(values.device());
  return {.values = values,
          .keys = score->project_keys(values),
          .lengths = here,
          .places = torch::arange(values.size(1), here.options()).lt(here.unsqueeze(1))};
}

Tensor AttentionImpl::weigh(const AttentionSource& source, const Tensor& queries,
                            int64_t first_step) {
  const Tensor scores = score->forward(queries, source.keys);  // [B, T, S]
  const Tensor places = source.places.unsqueeze(1);            // [B, 1, S]
  const int64_t count = places.size(2);
  if (const auto* local = std::get_if<MonotonicWindowOptions>(&options.window)) {
    const Tensor centres = monotonic_centres(first_step, queries.size(1), queries);  // [T]
    return masked_softmax(scores,
                          places.logical_and(window_mask(centres, local->half_width, count)));
  }
  if (const auto* local = std::get_if<PredictiveWindowOptions>(&options.window)) {
    const Tensor centres =
        predicted_centres(position->forward(queries), position_score, source.lengths);  // [B, T]
    const Tensor window = places.logical_and(window_mask(centres, local->half_width, count));
    return masked_softmax(scores, window) * gaussian_factors(centres, local->half_width, count);
  }
  return masked_softmax(scores, places);
}

Attended AttentionImpl::forward(const AttentionSource& source, const Tensor& queries,
                                int64_t first_step) {
  const Tensor weights = weigh(source, queries, first_step);
  return {.contexts = torch::bmm(weights, source.values), .weights = weights};
}

}  // namespace zoo
