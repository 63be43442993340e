// That a step which sees its window alone attends as if it had seen everything.
#include <gtest/gtest.h>

#include "zoo/models/attention/attention.h"
#include "zoo/models/attention/local_window.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr int64_t kPlaces = 301, kFeatures = 5;  // long enough to look at a window alone

void expect_same_with_and_without_the_rest(const ScoreOptions& score, const WindowOptions& window) {
  torch::manual_seed(1);
  Attention attention(AttentionOptions{
      .query_size = kFeatures, .key_size = kFeatures, .score = score, .window = window});
  attention->to(torch::kDouble);
  const auto source = attention->prepare(torch::randn({3, kPlaces, kFeatures}, torch::kDouble),
                                         torch::tensor({301, 3, 211}));
  const Tensor query = 3 * torch::randn({3, 1, kFeatures}, torch::kDouble);
  for (const int64_t step : {0, 1, 7, 210, 214, 299, 303, 400}) {
    const auto whole = attention->forward(source, query, step);  // a graph needs all of it
    torch::NoGradGuard no_gradients;
    const auto part = attention->forward(source, query, step);
    EXPECT_TRUE(torch::allclose(part.weights, whole.weights, 0, 1e-12)) << step;
    EXPECT_TRUE(torch::allclose(part.contexts, whole.contexts, 0, 1e-12)) << step;
  }
}

TEST(AttentionWindowTest, WhatLiesOutsideMakesNoDifference) {
  for (const ScoreOptions& score :
       {ScoreOptions(DotScoreOptions{}), ScoreOptions(GeneralScoreOptions{}),
        ScoreOptions(ConcatScoreOptions{}), ScoreOptions(ContentScoreOptions{}),
        ScoreOptions(LocationScoreOptions{.max_source_length = kPlaces})}) {
    expect_same_with_and_without_the_rest(score, MonotonicWindowOptions{.half_width = 2});
    expect_same_with_and_without_the_rest(score, PredictiveWindowOptions{.half_width = 2});
  }
}

TEST(AttentionWindowTest, BehindTheSentenceThereIsNothing) {
  Attention attention(AttentionOptions{
      .query_size = 2, .key_size = 2, .window = MonotonicWindowOptions{.half_width = 1}});
  const auto source = attention->prepare(torch::randn({1, 4, 2}), torch::tensor({3}));
  const Tensor queries = torch::randn({1, 2, 2}).requires_grad_();
  const auto attended = attention->forward(source, queries, /*first_step=*/4);
  EXPECT_TRUE(torch::equal(attended.weights, torch::zeros({1, 2, 4})));
  attended.contexts.sum().backward();
  EXPECT_TRUE(torch::isfinite(queries.grad()).all().item<bool>());
}

// Around 0.4, 3.5 and 8 of ten places, two to either side.
TEST(AttentionWindowTest, PlacesStayWithinTheSource) {
  const Tensor places = window_places(torch::tensor({0.4, 3.5, 8.0}), 2, 10);
  EXPECT_TRUE(
      torch::equal(places, torch::tensor({{0, 1, 2, 3, 4}, {2, 3, 4, 5, 6}, {5, 6, 7, 8, 9}})));
}

}  // namespace
}  // namespace zoo
