// The family of scores, windows and selections, on values that can be checked by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "support/message_of.h"
#include "zoo/models/attention/attention.h"
#include "zoo/models/attention/attention_score.h"
#include "zoo/models/attention/local_window.h"
#include "zoo/models/attention/scores.h"
#include "zoo/models/attention/selection.h"

namespace zoo {
namespace {

using torch::Tensor;

bool near(const Tensor& a, const Tensor& b) {
  return a.sizes() == b.sizes() && torch::allclose(a, b.to(a.scalar_type()), 1e-6, 1e-6);
}

AttentionScore score_of(ScoreOptions options, int64_t query_size = 2, int64_t key_size = 2) {
  return AttentionScore(
      AttentionScoreOptions{.query_size = query_size, .key_size = key_size, .score = options});
}

// One query, (3, 4), and the keys (1, 0), (0, 2), (-3, -4).
Tensor scores_by_hand(AttentionScore score) {
  torch::NoGradGuard no_gradients;
  const Tensor query = torch::tensor({{{3.0F, 4.0F}}});
  const Tensor keys = torch::tensor({{{1.0F, 0.0F}, {0.0F, 2.0F}, {-3.0F, -4.0F}}});
  return score->forward(query, score->project_keys(keys));
}

void set_weight(AttentionScore& score, const std::string& name, const Tensor& value) {
  torch::NoGradGuard no_gradients;
  score->named_parameters()[name].copy_(value);
}

TEST(AttentionScoreTest, DotIsTheScalarProduct) {
  EXPECT_TRUE(
      near(scores_by_hand(score_of(DotScoreOptions{})), torch::tensor({{{3.0, 8.0, -25.0}}})));
}

TEST(AttentionScoreTest, ScaledDotIsDividedByTheRootOfTheSize) {
  EXPECT_TRUE(near(scores_by_hand(score_of(ScaledDotScoreOptions{})),
                   torch::tensor({{{3.0, 8.0, -25.0}}}) / std::sqrt(2.0)));
}

TEST(AttentionScoreTest, ContentIsTheCosine) {
  EXPECT_TRUE(
      near(scores_by_hand(score_of(ContentScoreOptions{})), torch::tensor({{{0.6, 0.8, -1.0}}})));
  EXPECT_TRUE(torch::equal(unit_vectors(torch::zeros({1, 2})), torch::zeros({1, 2})));
}

// W k of the keys: (0, 2), (2, 0), (-4, -6).
TEST(AttentionScoreTest, GeneralHasAMatrixInBetween) {
  auto score = score_of(GeneralScoreOptions{});
  set_weight(score, "general.weight", torch::tensor({{0.0, 1.0}, {2.0, 0.0}}));
  EXPECT_TRUE(near(scores_by_hand(score), torch::tensor({{{8.0, 6.0, -36.0}}})));
}

TEST(AttentionScoreTest, ConcatIsAdditive) {
  auto score = score_of(ConcatScoreOptions{.units = 1});
  set_weight(score, "concat.query.weight", torch::tensor({{0.1, 0.0}}));
  set_weight(score, "concat.key.weight", torch::tensor({{0.0, 0.5}}));
  set_weight(score, "concat.score", torch::tensor({2.0}));
  EXPECT_TRUE(
      near(scores_by_hand(score), 2 * torch::tanh(torch::tensor({{{0.3, 0.3 + 1, 0.3 - 2}}}))));
}

TEST(AttentionScoreTest, LocationLooksAtTheQueryAlone) {
  auto score = score_of(LocationScoreOptions{.max_source_length = 2});
  set_weight(score, "location.weight", torch::tensor({{1.0, 0.0}, {1.0, 1.0}}));
  EXPECT_TRUE(near(scores_by_hand(score), torch::tensor({{{3.0, 7.0, 0.0}}})));  // padding: 0
  const Tensor query = torch::tensor({{{3.0F, 4.0F}}});
  EXPECT_TRUE(near(score->forward(query, torch::zeros({1, 1, 2})), torch::tensor({{{3.0}}})));
}

TEST(AttentionScoreTest, TakesQueriesAndKeysOfDifferentSizes) {
  const Tensor queries = torch::zeros({2, 3, 5}), keys = torch::zeros({2, 7, 4});
  for (const ScoreOptions& options :
       {ScoreOptions(GeneralScoreOptions{}), ScoreOptions(ConcatScoreOptions{}),
        ScoreOptions(LocationScoreOptions{})}) {
    auto score = score_of(options, 5, 4);
    EXPECT_EQ(score->forward(queries, score->project_keys(keys)).sizes(),
              (std::vector<int64_t>{2, 3, 7}));
  }
}

TEST(AttentionScoreTest, SaysWhatIsWrong) {
  EXPECT_EQ(message_of<c10::Error>([] { score_of(NoScoreOptions{}); }),
            "AttentionScore: score none has no scores");
  EXPECT_EQ(message_of<c10::Error>([] { score_of(DotScoreOptions{}, 2, 3); }),
            "AttentionScore: this score needs query_size = key_size, got 2 and 3");
  EXPECT_EQ(message_of<c10::Error>([] { score_of(LocationScoreOptions{.max_source_length = 0}); }),
            "AttentionScore: score.max_source_length must be at least 1, got 0");
  auto score = score_of(GeneralScoreOptions{});
  EXPECT_EQ(message_of<c10::Error>([&] {
              score->project_keys(torch::zeros({1, 2, 3}));
            }),
            "AttentionScore: keys must be [B, S, 2], got [1, 2, 3]");
  EXPECT_EQ(message_of<c10::Error>([&] {
              score->forward(torch::zeros({1, 2}), torch::zeros({1, 2, 2}));
            }),
            "AttentionScore: queries must be [B, T, 2], got [1, 2]");
}

TEST(LocalWindow, MovesWithTheSteps) {
  EXPECT_TRUE(torch::equal(monotonic_centres(3, 2, torch::zeros(1)), torch::tensor({3.0F, 4.0F})));
}

// W h = (atanh 0.5, 0), v = (2, 7): S sigm(1), each with its own S.
TEST(LocalWindow, IsPredictedWithinEachSource) {
  const Tensor projected = torch::tensor({{{std::atanh(0.5F), 0.0F}}, {{std::atanh(0.5F), 0.0F}}});
  const Tensor centres =
      predicted_centres(projected, torch::tensor({2.0F, 7.0F}), torch::tensor({10, 4}));
  const double share = 1 / (1 + std::exp(-1.0));
  EXPECT_TRUE(near(centres, torch::tensor({{10 * share}, {4 * share}})));
}

TEST(LocalWindow, ReachesDPlacesFromTheNextPlaceOfTwoTheLater) {
  const Tensor mask = window_mask(torch::tensor({1.49, 1.5, 4.0, 9.0}), 1, 5);
  const Tensor expected =
      torch::tensor({{1, 1, 1, 0, 0}, {0, 1, 1, 1, 0}, {0, 0, 0, 1, 1}, {0, 0, 0, 0, 0}});
  EXPECT_TRUE(torch::equal(mask, expected.to(torch::kBool)));
}

// D = 4: sigma = 2.
TEST(LocalWindow, GaussianHasHalfOfDAsItsDeviationAndARealCentre) {
  const Tensor factors = gaussian_factors(torch::tensor({1.5}), 4, 3);
  EXPECT_TRUE(near(
      factors, torch::tensor({{std::exp(-2.25 / 8), std::exp(-0.25 / 8), std::exp(-0.25 / 8)}})));
}

// Scores 0 and log 3: without a window 1/4 and 3/4.
Tensor weights_by_hand(WindowOptions window, const Tensor& lengths, int64_t first_step) {
  Attention attention(AttentionOptions{
      .query_size = 1, .key_size = 1, .score = DotScoreOptions{}, .window = window});
  torch::NoGradGuard no_gradients;
  for (auto& weight : attention->parameters()) weight.zero_();  // p_t = S / 2
  const Tensor values = torch::tensor({{{0.0F}, {std::log(3.0F)}, {0.0F}, {0.0F}}});
  const auto source = attention->prepare(values, lengths);
  const auto attended = attention->forward(source, torch::ones({1, 1, 1}), first_step);
  EXPECT_TRUE(near(attended.contexts, torch::bmm(attended.weights, values)));
  return attended.weights[0][0];
}

TEST(AttentionTest, GlobalIsASoftmaxOverTheSource) {
  EXPECT_TRUE(near(weights_by_hand(GlobalWindowOptions{}, torch::tensor({2}), 0),
                   torch::tensor({0.25, 0.75, 0.0, 0.0})));
}

TEST(AttentionTest, LocalMonotonicIsASoftmaxOverTheWindow) {
  const MonotonicWindowOptions window{.half_width = 1};
  EXPECT_TRUE(
      near(weights_by_hand(window, torch::tensor({4}), 1), torch::tensor({0.2, 0.6, 0.2, 0.0})));
  EXPECT_TRUE(
      near(weights_by_hand(window, torch::tensor({3}), 3), torch::tensor({0.0, 0.0, 1.0, 0.0})));
  EXPECT_TRUE(torch::equal(weights_by_hand(window, torch::tensor({3}), 4), torch::zeros(4)));
}

// p = 1, sigma = 1/2: the neighbours get exp(-2) of their share, and nothing is divided again.
TEST(AttentionTest, LocalPredictiveIsNotNormalisedAgain) {
  const double far = std::exp(-2.0);
  EXPECT_TRUE(near(weights_by_hand(PredictiveWindowOptions{.half_width = 1}, torch::tensor({2}), 0),
                   torch::tensor({0.25 * far, 0.75, 0.0, 0.0})));
}

TEST(AttentionTest, RefusesSourcesThatTheLocationScoreDoesNotKnow) {
  Attention attention(AttentionOptions{
      .query_size = 2, .key_size = 2, .score = LocationScoreOptions{.max_source_length = 3}});
  attention->prepare(torch::zeros({2, 4, 2}), torch::tensor({3, 2}));  // longer, but padding
  EXPECT_EQ(message_of<c10::Error>([&] {
              attention->prepare(torch::zeros({2, 4, 2}), torch::tensor({3, 4}));
            }),
            "AttentionScore: the location score is for sources of at most 3 symbols "
            "(max_source_length), got 4");
}

TEST(AttentionTest, NamesItsWeightsByTheScore) {
  Attention attention(AttentionOptions{.query_size = 2,
                                       .key_size = 2,
                                       .score = GeneralScoreOptions{},
                                       .window = PredictiveWindowOptions{}});
  std::vector<std::string> names;
  for (const auto& item : attention->named_parameters()) names.push_back(item.key());
  EXPECT_EQ(names,
            (std::vector<std::string>{"position_score", "general.weight", "position.weight"}));
}

TEST(SelectPlaces, SoftAreTheWeightsThemselves) {
  const Tensor weights = torch::tensor({{0.5F, 0.3F, 0.2F}});
  EXPECT_TRUE(weights.is_same(select_places(weights, Selection::kSoft)));
}

TEST(SelectPlaces, LargestIsOnePlaceAndTheFirstOfEqualOnes) {
  const Tensor weights = torch::tensor({{0.1, 0.7, 0.2}, {0.4, 0.2, 0.4}, {0.0, 0.0, 0.0}});
  EXPECT_TRUE(torch::equal(select_places(weights, Selection::kLargest),
                           torch::tensor({{0.0, 1.0, 0.0}, {1.0, 0.0, 0.0}, {0.0, 0.0, 0.0}})));
}

TEST(SelectPlaces, SampledAreDrawnInProportion) {
  torch::manual_seed(3);
  const Tensor weights = torch::tensor({0.0F, 0.1F, 0.0F, 0.3F, 0.0F}).expand({20000, 5});
  const Tensor chosen = select_places(weights, Selection::kSampled);
  EXPECT_TRUE(torch::equal(chosen.sum(1), torch::ones(20000)));
  const Tensor shares = chosen.mean(0);
  EXPECT_NEAR(shares[1].item<double>(), 0.25, 0.015);  // 5 standard errors
  EXPECT_NEAR(shares[3].item<double>(), 0.75, 0.015);
  EXPECT_TRUE(
      torch::equal(select_places(torch::zeros({2, 3}), Selection::kSampled), torch::zeros({2, 3})));
}

TEST(SelectPlaces, AChoiceCarriesNoGradients) {
  const Tensor weights = torch::tensor({{0.5F, 0.5F}}, torch::requires_grad());
  EXPECT_FALSE(select_places(weights, Selection::kSampled).requires_grad());
  EXPECT_FALSE(select_places(weights, Selection::kLargest).requires_grad());
}

}  // namespace
}  // namespace zoo
