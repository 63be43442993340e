#include "zoo/models/attention/attention.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "zoo/models/attention/local_window.h"
#include "zoo/models/attention/masked_softmax.h"

namespace zoo {
namespace {

// A window's own operations cost more than they save in a source that is not longer than this
// (benchmarks/attention_cost.py).
constexpr int64_t kShortSource = 256;

}  // namespace

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

// p_t of local attention, [T] or [B, T]; undefined where the whole source is seen.
Tensor AttentionImpl::centres(const AttentionSource& source, const Tensor& queries,
                              int64_t first_step) {
  if (std::holds_alternative<MonotonicWindowOptions>(options.window)) {
    return monotonic_centres(first_step, queries.size(1), queries);
  }
  if (position.is_empty()) return {};
  return predicted_centres(position->forward(queries), position_score, source.lengths);
}

Tensor AttentionImpl::weigh(const AttentionSource& source, const Tensor& queries,
                            const Tensor& centres) {
  const Tensor scores = score->forward(queries, source.keys);  // [B, T, S]
  const Tensor places = source.places.unsqueeze(1);            // [B, 1, S]
  if (!centres.defined()) return masked_softmax(scores, places);
  const int64_t half_width = half_width_of(options.window), count = places.size(2);
  const Tensor window = window_mask(centres, half_width, count);
  const Tensor weights = masked_softmax(scores, places.logical_and(window));
  return position.is_empty() ? weights : weights * gaussian_factors(centres, half_width, count);
}

// While decoding, what a step costs then does not grow with the source. Location scores belong to
// places of the whole source.
bool AttentionImpl::sees_window_alone(const AttentionSource& source, const Tensor& queries) const {
  return queries.size(1) == 1 && !torch::GradMode::is_enabled() &&
         source.values.size(1) > std::max(kShortSource, 2 * half_width_of(options.window) + 1) &&
         !std::holds_alternative<LocationScoreOptions>(options.score);
}

// The same as of the whole source, of one step.
Attended AttentionImpl::attend_window(const AttentionSource& source, const Tensor& query,
                                      const Tensor& centres) {
  const int64_t batch = query.size(0), count = source.values.size(1);
  const Tensor middle = centres.expand({batch, 1});
  const Tensor places =
      window_places(middle.squeeze(1), half_width_of(options.window), count);   // [B, W]
  const Tensor examples = torch::arange(batch, places.options()).unsqueeze(1);  // [B, 1]
  const auto take = [&](const Tensor& all) { return all.index({examples, places}); };
  const AttentionSource seen{.values = take(source.values),
                             .keys = take(source.keys),
                             .lengths = source.lengths,
                             .places = source.places.gather(1, places)};
  const Tensor weights = weigh(seen, query, middle - places.narrow(1, 0, 1));  // [B, 1, W]
  return {.contexts = torch::bmm(weights, seen.values),
          .weights = torch::zeros({batch, 1, count}, weights.options())
                         .scatter(2, places.unsqueeze(1), weights)};
}

Attended AttentionImpl::forward(const AttentionSource& source, const Tensor& queries,
                                int64_t first_step) {
  const Tensor centres = this->centres(source, queries, first_step);
  if (centres.defined() && sees_window_alone(source, queries)) {
    return attend_window(source, queries, centres);
  }
  const Tensor weights = weigh(source, queries, centres);
  return {.contexts = torch::bmm(weights, source.values), .weights = weights};
}

}  // namespace zoo
