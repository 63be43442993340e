// What is drawn, how often, and what cannot be.
#include "zoo/trainers/sampling.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "support/message_of.h"

namespace zoo {
namespace {

using torch::Tensor;

// Log-probabilities of 0.4, 0.1, 0.3, 0.2, less a constant.
Tensor four_symbols() { return torch::tensor({0.4, 0.1, 0.3, 0.2}, torch::kDouble).log() - 5; }

// How often each of the four comes in 20,000 draws, as a share.
std::array<double, 4> shares_of(const SamplingOptions& options) {
  constexpr int kDraws = 20000;
  Random random({7});
  std::array<double, 4> shares{};
  for (int i = 0; i < kDraws; ++i) {
    shares.at(static_cast<size_t>(sample_symbol(four_symbols(), options, random))) += 1.0 / kDraws;
  }
  return shares;
}

void expect_shares(const SamplingOptions& options, const std::array<double, 4>& expected) {
  const auto shares = shares_of(options);
  for (size_t i = 0; i < 4; ++i) {
    // Four standard deviations, of what cannot come or must come none.
    const double spread = 4 * std::sqrt(expected[i] * (1 - expected[i]) / 20000);
    EXPECT_NEAR(shares[i], expected[i], spread + 1e-9) << i;
  }
}

TEST(SampleSymbol, FollowsTheProbabilities) { expect_shares({}, {0.4, 0.1, 0.3, 0.2}); }

TEST(SampleSymbol, TemperatureFlattensAndSharpens) {
  expect_shares({.temperature = 0.5}, {16.0 / 30, 1.0 / 30, 9.0 / 30, 4.0 / 30});
  const double sum = 2 + 1 + std::sqrt(3) + std::sqrt(2);
  expect_shares({.temperature = 2}, {2 / sum, 1 / sum, std::sqrt(3) / sum, std::sqrt(2) / sum});
  expect_shares({.temperature = 0}, {1, 0, 0, 0});
}

TEST(SampleSymbol, KeepsTheMostProbable) {
  expect_shares({.top_k = 2}, {4.0 / 7, 0, 3.0 / 7, 0});
  expect_shares({.top_k = 1}, {1, 0, 0, 0});
  expect_shares({.top_k = 9}, {0.4, 0.1, 0.3, 0.2});
}

TEST(SampleSymbol, KeepsTheNucleus) {
  expect_shares({.top_p = 0.65}, {4.0 / 7, 0, 3.0 / 7, 0});
  expect_shares({.top_p = 0.75}, {4.0 / 9, 0, 3.0 / 9, 2.0 / 9});
  expect_shares({.top_p = 0.01}, {1, 0, 0, 0});
  // Of the three that top_k leaves, the first has 4/9, more than 0.44 but not more than 0.45.
  expect_shares({.top_k = 3, .top_p = 0.44}, {1, 0, 0, 0});
  expect_shares({.top_k = 3, .top_p = 0.45}, {4.0 / 7, 0, 3.0 / 7, 0});
  // At this temperature 16/30 is enough.
  expect_shares({.temperature = 0.5, .top_p = 0.5}, {1, 0, 0, 0});
}

TEST(SampleSymbol, NeverDrawsWhatIsImpossible) {
  const double never = -std::numeric_limits<double>::infinity();
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  const auto scores = torch::tensor({never, 2.0, unknown, 2.0}, torch::kDouble);
  Random random({3});
  int first = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto symbol = sample_symbol(scores, {}, random);
    ASSERT_TRUE(symbol == 1 || symbol == 3);
    first += symbol == 1 ? 1 : 0;
  }
  EXPECT_NEAR(first, 500, 65);
  EXPECT_EQ(sample_symbol(scores, {.temperature = 0}, random), 1) << "of equal ones the first";
  EXPECT_EQ(message_of<c10::Error>(
                [&] { sample_symbol(torch::full({3}, never), SamplingOptions{}, random); }),
            "sample_symbol: no symbol is possible");
}

TEST(SampleSymbol, SaysWhatIsWrong) {
  Random random({3});
  const auto wrong = [&](const SamplingOptions& options) {
    return message_of<c10::Error>([&] { sample_symbol(four_symbols(), options, random); });
  };
  EXPECT_EQ(wrong({.temperature = -1}), "sample_symbol: temperature must be at least 0, got -1");
  EXPECT_EQ(wrong({.top_k = -1}), "sample_symbol: top_k must be at least 0, got -1");
  EXPECT_EQ(wrong({.top_p = 0}).substr(0, 26), "sample_symbol: top_p must ");
}

// Says the symbol after the last one with certainty, counting around five; at first 3.
class CountingDecoder final : public StepDecoder {
 public:
  Tensor next(const Tensor& previous) override {
    const int64_t symbol = previous.defined() ? (previous.item<int64_t>() + 1) % 5 : 3;
    Tensor scores = torch::full({1, 5}, -50.0F);
    scores[0][symbol] = 0;
    return scores;
  }
  void select(const Tensor&) override {}
};

TEST(SampleContinuation, GoesOnFromWhatWasDrawn) {
  CountingDecoder decoder;
  Random random({1});
  EXPECT_EQ(sample_continuation(decoder, 7, {}, random),
            (std::vector<int64_t>{3, 4, 0, 1, 2, 3, 4}));
  const std::array<int64_t, 2> never = {3, 4};
  const auto symbols = sample_continuation(decoder, 200, {}, random, never);
  for (const int64_t symbol : symbols) EXPECT_LT(symbol, 3);
}

TEST(SampleContinuation, IsOfOneText) {
  class TwoTexts final : public StepDecoder {
   public:
    Tensor next(const Tensor&) override { return torch::zeros({2, 3}); }
    void select(const Tensor&) override {}
  } decoder;
  Random random({1});
  EXPECT_EQ(message_of<c10::Error>([&] { sample_continuation(decoder, 1, {}, random); }),
            "sample_continuation: the decoder must stand at one text, got scores [2, 3]");
}

}  // namespace
}  // namespace zoo
