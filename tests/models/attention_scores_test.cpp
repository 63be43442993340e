// The family of score functions and windows, on values that can be checked by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/message_of.h"
#include "zoo/models/attention/attention.h"
#include "zoo/models/attention/local_window.h"
#include "zoo/models/attention/scores.h"
#include "zoo/models/attention/selection.h"

namespace zoo {
namespace {

using torch::Tensor;

Tensor vectors(const std::vector<std::vector<double>>& rows) {
  std::vector<Tensor> all;
  for (const auto& row : rows) all.push_back(torch::tensor(row, torch::kDouble));
  return torch::stack(all).unsqueeze(0);  // [1, rows, features]
}

void expect_values(const Tensor& tensor, const std::vector<double>& values) {
  const Tensor flat = tensor.flatten().to(torch::kDouble);
  ASSERT_EQ(flat.numel(), static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(flat[static_cast<int64_t>(i)].item<double>(), values[i], 1e-9) << i;
  }
}

// q = (1, 2); keys (3, 4), (0, -1).
const std::vector<std::vector<double>> kQuery = {{1, 2}}, kKeys = {{3, 4}, {0, -1}};

/// The scores of the module with all of its weights set to `weight`.
Tensor scores_of(const ScoreOptions& score, double weight) {
  AttentionScore module(AttentionScoreOptions{.query_size = 2, .key_size = 2, .score = score});
  module->to(torch::kDouble);
  torch::NoGradGuard no_gradients;
  for (auto& parameter : module->parameters()) parameter.fill_(weight);
  return module->forward(vectors(kQuery), module->project_keys(vectors(kKeys)));
}

TEST(AttentionScoresTest, AreWhatTheTableSays) {
  expect_values(scores_of(DotScoreOptions{}, 0), {11, -2});
  expect_values(scores_of(ScaledDotScoreOptions{}, 0), {11 / std::sqrt(2), -2 / std::sqrt(2)});
  expect_values(scores_of(ContentScoreOptions{}, 0), {11 / (5 * std::sqrt(5)), -2 / std::sqrt(5)});
  // W of ones: q W k = 3 * 7 and 3 * -1.
  expect_values(scores_of(GeneralScoreOptions{}, 1), {21, -3});
  // W of 0.1: both hidden units are tanh(0.1 * (3 + 7)) and tanh(0.1 * (3 - 1)), v = (0.1, 0.1).
  expect_values(scores_of(ConcatScoreOptions{}, 0.1), {0.2 * std::tanh(1), 0.2 * std::tanh(0.2)});
  // A row of W of ones: 3, whatever stands at a place.
  expect_values(scores_of(LocationScoreOptions{.max_source_length = 2}, 1), {3, 3});
}

TEST(AttentionScoresTest, ZeroHasNoDirection) {
  expect_values(unit_vectors(vectors({{0, 0}, {3, 4}})), {0, 0, 0.6, 0.8});
}

TEST(AttentionScoresTest, ConcatIsOfBothHalves) {
  AttentionScore module(AttentionScoreOptions{
      .query_size = 2, .key_size = 3, .score = ConcatScoreOptions{.units = 4}});
  module->to(torch::kDouble);
  const Tensor queries = torch::randn({2, 3, 2}, torch::kDouble);
  const Tensor keys = torch::randn({2, 5, 3}, torch::kDouble);
  const auto weights = module->named_parameters();
  const Tensor whole =
      torch::cat({weights["concat.query.weight"], weights["concat.key.weight"]}, 1);
  const Tensor pairs = torch::cat(
      {queries.unsqueeze(2).expand({2, 3, 5, 2}), keys.unsqueeze(1).expand({2, 3, 5, 3})}, 3);
  const Tensor expected =
      torch::matmul(torch::tanh(torch::matmul(pairs, whole.t())), weights["concat.score"]);
  EXPECT_TRUE(
      torch::allclose(module->forward(queries, module->project_keys(keys)), expected, 0, 1e-12));
}

TEST(LocalWindowTest, CentresOfLocalM) {
  expect_values(monotonic_centres(2, 3, torch::zeros(0, torch::kDouble)), {2, 3, 4});
}

// tanh(0) v = 0: the middle of each sentence, of its own length.
TEST(LocalWindowTest, CentresOfLocalP) {
  const Tensor projected = torch::zeros({2, 1, 3}, torch::kDouble);
  const Tensor centres =
      predicted_centres(projected, torch::ones(3, torch::kDouble), torch::tensor({10, 4}));
  expect_values(centres, {5, 2});
  const Tensor large = torch::full({1, 1, 1}, 100, torch::kDouble);
  expect_values(predicted_centres(large, torch::ones(1, torch::kDouble), torch::tensor({8})),
                {8 / (1 + std::exp(-1))});
}

// Around 2.5, halves rounded up: 3 and one to either side; the Gaussian keeps 2.5, sigma 1/2.
TEST(LocalWindowTest, BoundsAreRoundedAndTheGaussianIsNot) {
  const Tensor centre = torch::tensor({2.5}, torch::kDouble);
  expect_values(window_mask(centre, 1, 6), {0, 0, 1, 1, 1, 0});
  const Tensor factors = gaussian_factors(centre, 1, 6);
  expect_values(factors.narrow(-1, 2, 2), {std::exp(-0.5), std::exp(-0.5)});
}

// Equal scores: 1/3 each within the window, times the Gaussian, which no one divides out again.
TEST(AttentionTest, LocalWeightsAreNotNormalisedAgain) {
  Attention attention(AttentionOptions{.query_size = 2,
                                       .key_size = 2,
                                       .score = DotScoreOptions{},
                                       .window = PredictiveWindowOptions{.half_width = 1}});
  attention->to(torch::kDouble);
  const auto source =
      attention->prepare(torch::zeros({1, 7, 2}, torch::kDouble), torch::tensor({6}));
  const auto attended = attention->forward(source, torch::zeros({1, 1, 2}, torch::kDouble));
  const double side = std::exp(-1 / (2 * 0.25)) / 3;
  expect_values(attended.weights, {0, 0, side, 1.0 / 3, side, 0, 0});
}

TEST(AttentionTest, AWindowBehindTheSentenceIsEmpty) {
  Attention attention(AttentionOptions{.query_size = 2,
                                       .key_size = 2,
                                       .score = DotScoreOptions{},
                                       .window = MonotonicWindowOptions{.half_width = 1}});
  const auto source = attention->prepare(torch::randn({1, 4, 2}), torch::tensor({3}));
  const Tensor queries = torch::randn({1, 2, 2}).requires_grad_();
  const auto attended = attention->forward(source, queries, /*first_step=*/4);
  expect_values(attended.weights, {0, 0, 0, 0, 0, 0, 0, 0});
  attended.contexts.sum().backward();
  EXPECT_TRUE(torch::isfinite(queries.grad()).all().item<bool>());
}

TEST(AttentionTest, LocationRefusesLongerSources) {
  Attention attention(AttentionOptions{
      .query_size = 2, .key_size = 2, .score = LocationScoreOptions{.max_source_length = 4}});
  EXPECT_EQ(message_of<c10::Error>([&] {
              attention->prepare(torch::zeros({2, 6, 2}), torch::tensor({6, 3}));
            }),
            "AttentionScore: the location score is for sources of at most 4 symbols "
            "(max_source_length), got 6");
  // Padding alone may reach further.
  attention->prepare(torch::zeros({2, 6, 2}), torch::tensor({4, 3}));
}

TEST(SelectionTest, SoftKeepsLargestTakesOne) {
  const Tensor weights = vectors({{0.2, 0.5, 0.3}});
  expect_values(select_places(weights, Selection::kSoft), {0.2, 0.5, 0.3});
  expect_values(select_places(weights, Selection::kLargest), {0, 1, 0});
}

// 4,000 draws: three standard errors of a share of 0.5 are 0.024.
TEST(SelectionTest, SampledTakesEachAsOftenAsItWeighs) {
  torch::manual_seed(1);
  const Tensor weights = vectors({{0.2, 0.5, 0.3}}).expand({1, 4000, 3});
  const Tensor chosen = select_places(weights, Selection::kSampled);
  EXPECT_TRUE(torch::equal(chosen.sum(2), torch::ones({1, 4000}, torch::kDouble)));
  const Tensor shares = chosen.mean(1).flatten();
  for (const auto& [place, share] : {std::pair{0, 0.2}, {1, 0.5}, {2, 0.3}}) {
    EXPECT_NEAR(shares[place].item<double>(), share, 0.024);
  }
}

}  // namespace
}  // namespace zoo
