#include <gtest/gtest.h>

#include <cmath>

#include "support/message_of.h"
#include "zoo/models/attention/additive_score.h"
#include "zoo/models/attention/masked_softmax.h"

namespace zoo {
namespace {

using torch::Tensor;

TEST(MaskedSoftmax, LeavesOutWhatIsMasked) {
  const Tensor scores = torch::tensor({{0.0, std::log(3.0), 700.0}});
  const Tensor weights = masked_softmax(scores, torch::tensor({{true, true, false}}));
  EXPECT_TRUE(torch::allclose(weights, torch::tensor({{0.25, 0.75, 0.0}})));
}

TEST(MaskedSoftmax, OfNothingIsZeroWithFiniteGradients) {
  Tensor scores =
      torch::tensor({{1.0, 2.0}, {3.0, 5.0}}, torch::dtype(torch::kDouble).requires_grad(true));
  const Tensor weights = masked_softmax(scores, torch::tensor({{false, false}, {true, true}}));
  EXPECT_TRUE(torch::equal(weights[0], torch::zeros(2, torch::kDouble)));
  EXPECT_DOUBLE_EQ(weights[1].sum().item<double>(), 1);
  (weights * torch::tensor({{1, 2}, {3, 4}})).sum().backward();
  EXPECT_TRUE(torch::equal(scores.grad()[0], torch::zeros(2, torch::kDouble)));
  EXPECT_TRUE(torch::isfinite(scores.grad()).all().item<bool>());
  EXPECT_GT(scores.grad()[1].abs().max().item<double>(), 0);
}

TEST(MaskedSoftmax, TakesInfiniteScoresBehindTheMask) {
  const Tensor scores = torch::tensor({{1.0F, INFINITY}, {1.0F, NAN}});
  const Tensor weights = masked_softmax(scores, torch::tensor({{true, false}, {true, false}}));
  EXPECT_TRUE(torch::equal(weights, torch::tensor({{1.0F, 0.0F}, {1.0F, 0.0F}})));
}

// By hand: W_q = [1 0], W_k = [0 2], v = [3].
TEST(AdditiveScore, IsItsEquation) {
  AdditiveScore score(AdditiveScoreOptions{.query_size = 2, .key_size = 2, .units = 1});
  torch::NoGradGuard no_gradients;
  auto weights = score->named_parameters();
  weights["query.weight"].copy_(torch::tensor({{1.0, 0.0}}));
  weights["key.weight"].copy_(torch::tensor({{0.0, 2.0}}));
  weights["score"].fill_(3);
  const Tensor queries = torch::tensor({{{0.5F, 9.0F}, {-1.0F, 9.0F}}});            // [1, 2, 2]
  const Tensor keys = torch::tensor({{{9.0F, 0.1F}, {9.0F, 0.2F}, {9.0F, 0.0F}}});  // [1, 3, 2]
  const Tensor scores = score->forward(queries, score->project_keys(keys));
  ASSERT_EQ(scores.sizes(), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_NEAR(scores[0][0][1].item<double>(), 3 * std::tanh(0.5 + 0.4), 1e-6);
  EXPECT_NEAR(scores[0][1][2].item<double>(), 3 * std::tanh(-1.0), 1e-6);
}

TEST(AdditiveScore, SaysWhatIsWrong) {
  EXPECT_EQ(message_of<c10::Error>([] {
              AdditiveScore score(AdditiveScoreOptions{2, 0, 3});
            }),
            "AdditiveScore: key_size must be at least 1, got 0");
  AdditiveScore score(AdditiveScoreOptions{.query_size = 2, .key_size = 5, .units = 3});
  EXPECT_EQ(message_of<c10::Error>([&] {
              score->project_keys(torch::zeros({1, 3, 4}));
            }),
            "AdditiveScore: keys must be [B, S, 5], got [1, 3, 4]");
  EXPECT_EQ(message_of<c10::Error>([&] {
              score->forward(torch::zeros({1, 3}), torch::zeros({1, 3, 3}));
            }),
            "AdditiveScore: queries must be [B, T, 2], got [1, 3]");
}

}  // namespace
}  // namespace zoo
