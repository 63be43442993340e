#include <gtest/gtest.h>
#include <torch/autograd.h>

#include <algorithm>
#include <cmath>

#include "support/message_of.h"
#include "zoo/models/attention/additive_score.h"
#include "zoo/models/attention/additive_scores.h"
#include "zoo/models/attention/masked_softmax.h"
#include "zoo/models/vector_math/vector_math.h"

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

// Sizes for which several examples, one, and less than one fit into the part that is held at a
// time.
TEST(AdditiveScores, InOnePassAreTheSame) {
  for (const auto& sizes :
       std::vector<std::vector<int64_t>>{{5, 3, 7, 11}, {37, 6, 5, 67}, {2, 40, 31, 41}}) {
    torch::manual_seed(9);
    const int64_t batch = sizes[0], queries = sizes[1], keys = sizes[2], units = sizes[3];
    std::vector<Tensor> inputs = {torch::randn({batch, queries, units}, torch::kDouble),
                                  torch::randn({batch, keys, units}, torch::kDouble),
                                  torch::randn(units, torch::kDouble)};
    const Tensor weights = torch::randn({batch, queries, keys}, torch::kDouble);
    std::vector<Tensor> plain;
    for (const bool fused : {false, true}) {
      for (auto& input : inputs) input = input.detach().requires_grad_();
      const auto score = fused ? additive_scores_fused : additive_scores;
      const Tensor scores = score(inputs[0], inputs[1], inputs[2]);
      (scores * weights).sum().backward();
      const std::vector<Tensor> results = {scores.detach(), inputs[0].grad(), inputs[1].grad(),
                                           inputs[2].grad()};
      if (!fused) plain = results;
      for (size_t i = 0; i < results.size(); ++i) {
        EXPECT_TRUE(torch::allclose(results[i], plain[i], 1e-11, 1e-11)) << i;
      }
    }
    torch::NoGradGuard no_gradients;
    EXPECT_TRUE(torch::allclose(additive_scores_fused(inputs[0], inputs[1], inputs[2]), plain[0],
                                1e-11, 1e-11));
  }
}

// A Gaussian far from its centre is small, and what is small must be right too.
TEST(QuickExp, IsExpInRelationToItself) {
  double worst = 0;
  for (double x = -80; x <= 0; x += 1.0 / 4096) {
    const auto exact = std::exp(static_cast<double>(static_cast<float>(x)));
    worst = std::max(worst, std::abs(detail::quick_exp(static_cast<float>(x)) / exact - 1));
  }
  EXPECT_LT(worst, 1.5e-7);
  EXPECT_EQ(detail::quick_exp(0), 1);
}

TEST(QuickTanh, IsTanh) {
  double worst = 0;
  for (double x = -30; x <= 30; x += 1.0 / 4096) {
    const auto exact = std::tanh(static_cast<double>(static_cast<float>(x)));
    worst = std::max(worst, std::abs(detail::quick_tanh(static_cast<float>(x)) - exact));
  }
  EXPECT_LT(worst, 2e-7);
  EXPECT_EQ(detail::quick_tanh(0), 0);
  EXPECT_EQ(detail::quick_tanh(INFINITY), 1);
  EXPECT_EQ(detail::quick_tanh(-INFINITY), -1);
  EXPECT_TRUE(std::isnan(detail::quick_tanh(NAN)));
}

// The loops are compiled for several processors; this is the one that is here.
TEST(AdditiveScores, InOnePassAreTheSameInFloat32) {
  for (const int64_t units : {5, 67, 128}) {
    torch::manual_seed(9);
    const std::vector<Tensor> inputs = {
        torch::randn({4, 6, units}, torch::requires_grad()),
        torch::randn({4, 5, units}, torch::requires_grad()),
        torch::randn(units, torch::requires_grad()),
    };
    const Tensor weights = torch::randn({4, 6, 5});
    const Tensor plain = additive_scores(inputs[0], inputs[1], inputs[2]);
    const Tensor fused = additive_scores_fused(inputs[0], inputs[1], inputs[2]);
    EXPECT_TRUE(torch::allclose(fused, plain, 1e-5, 1e-5));
    const auto expected = torch::autograd::grad({(plain * weights).sum()}, inputs);
    const auto gradients = torch::autograd::grad({(fused * weights).sum()}, inputs);
    for (size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_TRUE(torch::allclose(gradients[i], expected[i], 1e-4, 1e-5)) << units << " " << i;
    }
  }
}

TEST(AdditiveScores, InOnePassSayWhatIsWrong) {
  const Tensor queries = torch::zeros({2, 3, 5}), keys = torch::zeros({2, 4, 5});
  EXPECT_EQ(message_of<c10::Error>([&] { additive_scores_fused(queries, keys, torch::zeros(4)); }),
            "additive_scores_fused: queries [B, T, A], keys [B, S, A] and vector [A] do not fit: "
            "[2, 3, 5], [2, 4, 5], [4]");
  EXPECT_EQ(message_of<c10::Error>(
                [&] { additive_scores_fused(queries, keys, torch::zeros(5, torch::kHalf)); }),
            "additive_scores_fused: all tensors must be float32 or float64 on the CPU");
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
            "AdditiveScore: keys must be [..., 5], got [1, 3, 4]");
  EXPECT_EQ(message_of<c10::Error>([&] {
              score->forward(torch::zeros({1, 3}), torch::zeros({1, 3, 3}));
            }),
            "AdditiveScore: queries must be [B, T, 2], got [1, 3]");
}

}  // namespace
}  // namespace zoo
