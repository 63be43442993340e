// The decoder with input feeding as one node, beside the same made of LibTorch's operations.
#include <gtest/gtest.h>
#include <torch/autograd.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/threads.h"
#include "zoo/models/attention/attention.h"
#include "zoo/models/luong/feeding_sequence.h"
#include "zoo/models/padded_sequences/packed_steps.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr int64_t kBatch = 3, kSourcePlaces = 6, kEmbedded = 5, kUnits = 7;

struct FeedingCase {
  std::string name;
  int64_t layers;
  WindowOptions window{};
  bool masks = false;
  std::vector<int64_t> active = {3, 3, 3, 3};
};

Tensor random_leaf(torch::IntArrayRef sizes, torch::Dtype dtype) {
  return torch::randn(sizes, dtype).mul_(0.7).requires_grad_();
}

// A problem of that form, and all that gradients are asked of.
struct FeedingProblem {
  FeedingInputs inputs;
  FeedingWeights weights;
  Attention attention{nullptr};

  std::vector<Tensor> leaves() const {
    std::vector<Tensor> all = {inputs.embedded,  inputs.hidden,         inputs.cell,
                               inputs.keys,      inputs.values,         weights.combine,
                               weights.position, weights.position_score};
    for (const auto& [input, state, bias] : weights.layers) {
      all.insert(all.end(), {input, state, bias});
    }
    std::erase_if(all, [](const Tensor& each) { return !each.defined(); });
    return all;
  }
};

FeedingProblem make_feeding_problem(const FeedingCase& wanted,
                                    torch::Dtype dtype = torch::kDouble) {
  torch::manual_seed(4);
  const auto leaf = [dtype](torch::IntArrayRef sizes) { return random_leaf(sizes, dtype); };
  const PackedSteps steps(torch::tensor(wanted.active));
  FeedingProblem problem{.inputs = {.embedded = leaf({steps.total(), kEmbedded}),
                                    .hidden = leaf({wanted.layers, kBatch, kUnits}),
                                    .cell = leaf({wanted.layers, kBatch, kUnits}),
                                    .keys = leaf({kBatch, kSourcePlaces, kUnits}),
                                    .values = leaf({kBatch, kSourcePlaces, kUnits}),
                                    .lengths = torch::tensor({6, 2, 5}),
                                    .active = steps.active()},
                         .weights = {.layers = {}, .combine = leaf({kUnits, 2 * kUnits})},
                         .attention = Attention(AttentionOptions{.query_size = kUnits,
                                                                 .key_size = kUnits,
                                                                 .score = DotScoreOptions{},
                                                                 .window = wanted.window})};
  for (int64_t layer = 0; layer < wanted.layers; ++layer) {
    const int64_t read = layer == 0 ? kEmbedded + kUnits : kUnits;
    problem.weights.layers.push_back({.input = leaf({4 * kUnits, read}),
                                      .state = leaf({4 * kUnits, kUnits}),
                                      .bias = leaf({4 * kUnits})});
  }
  problem.attention->to(dtype);
  if (!problem.attention->position.is_empty()) {
    problem.weights.position = problem.attention->position->weight;
    problem.weights.position_score = problem.attention->position_score;
  }
  if (wanted.masks) {
    const Tensor masks =
        torch::randint(2, {wanted.layers, steps.total(), kUnits}, dtype).mul_(1.25);
    problem.inputs.layer_masks = masks.narrow(0, 1, wanted.layers - 1);
    problem.inputs.feature_masks = masks[0];
  }
  return problem;
}

// h and c of one layer after a step.
std::pair<Tensor, Tensor> lstm_by_hand(const Tensor& read, const Tensor& hidden, const Tensor& cell,
                                       const LstmWeights& weights) {
  const auto& [input, state, bias] = weights;
  const auto gates =
      (torch::matmul(read, input.t()) + torch::matmul(hidden, state.t()) + bias).chunk(4, 1);
  const Tensor next = torch::sigmoid(gates[1]) * cell + torch::sigmoid(gates[0]) * gates[2].tanh();
  return {torch::sigmoid(gates[3]) * next.tanh(), next};
}

FeedingOutputs feed_by_hand(FeedingProblem& problem) {
  const auto& [inputs, weights, attention] = problem;
  const PackedSteps steps(inputs.active);
  AttentionSource source{.values = inputs.values,
                         .keys = inputs.keys,
                         .lengths = inputs.lengths,
                         .places = length_mask(inputs.lengths, kSourcePlaces)};
  auto hidden = inputs.hidden.unbind(0), cell = inputs.cell.unbind(0);
  Tensor feature = torch::zeros_like(hidden[0]);
  std::vector<Tensor> features, shown;
  for (int64_t t = 0; t < steps.count(); ++t) {
    const auto first = [&, rows = steps.rows(t)](Tensor& all) { all = all.narrow(0, 0, rows); };
    for (Tensor* each : {&source.values, &source.keys, &source.lengths, &source.places, &feature}) {
      first(*each);
    }
    Tensor read = torch::cat({steps.of(t, inputs.embedded), feature}, 1);
    for (size_t l = 0; l < hidden.size(); ++l) {
      const auto layer = static_cast<int64_t>(l);
      first(hidden[l]);
      first(cell[l]);
      if (l > 0 && inputs.layer_masks.defined()) {
        read = read * steps.of(t, inputs.layer_masks[layer - 1]);
      }
      std::tie(hidden[l], cell[l]) = lstm_by_hand(read, hidden[l], cell[l], weights.layers[l]);
      read = hidden[l];
    }
    const auto attended = problem.attention->forward(source, read.unsqueeze(1), t);
    const Tensor both = torch::cat({attended.contexts.squeeze(1), read}, 1);
    feature = torch::tanh(torch::matmul(both, weights.combine.t()));
    if (inputs.feature_masks.defined()) feature = feature * steps.of(t, inputs.feature_masks);
    features.push_back(feature);
    shown.push_back(attended.weights.squeeze(1));
  }
  return {.features = torch::cat(features), .attention = torch::cat(shown)};
}

class FeedingSequenceTest : public testing::TestWithParam<FeedingCase> {};
INSTANTIATE_TEST_SUITE_P(
    Cases, FeedingSequenceTest,
    testing::Values(FeedingCase{"OneLayer", 1}, FeedingCase{"TwoLayers", 2},
                    FeedingCase{"ThreeLayersWithMasks", 3, {}, true},
                    FeedingCase{"LocalMonotonic", 1, MonotonicWindowOptions{.half_width = 1}},
                    FeedingCase{"LocalPredictive", 1, PredictiveWindowOptions{.half_width = 2}},
                    FeedingCase{"LocalPredictiveWithMasks", 2,
                                PredictiveWindowOptions{.half_width = 1}, true},
                    FeedingCase{"OfUnequalLengths", 1, {}, false, {3, 2, 2, 1}},
                    FeedingCase{"OfUnequalLengthsWithMasks",
                                3,
                                PredictiveWindowOptions{.half_width = 1},
                                true,
                                {3, 3, 1, 0}}),
    [](const auto& info) { return info.param.name; });

void expect_the_same_as_by_hand(const FeedingCase& wanted) {
  auto problem = make_feeding_problem(wanted);
  const auto expected = feed_by_hand(problem);
  const auto fused =
      feeding_sequence(problem.inputs, problem.weights, half_width_of(wanted.window));
  EXPECT_TRUE(torch::allclose(fused.features, expected.features, 0, 1e-12));
  EXPECT_TRUE(torch::allclose(fused.attention, expected.attention, 0, 1e-12));
  EXPECT_FALSE(fused.attention.requires_grad());
  const Tensor weights = torch::randn_like(expected.features);
  const auto leaves = problem.leaves();
  const auto theirs = torch::autograd::grad({(expected.features * weights).sum()}, leaves);
  for (const bool keeps_graph : {true, false}) {  // so that the way back is gone twice
    const auto ours = torch::autograd::grad({(fused.features * weights).sum()}, leaves,
                                            /*grad_outputs=*/{}, keeps_graph);
    for (size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_GT(theirs[i].abs().max().item<double>(), 1e-6) << i;
      EXPECT_TRUE(torch::allclose(ours[i], theirs[i], 0, 1e-12)) << i;
    }
  }
}

TEST_P(FeedingSequenceTest, IsTheSameAsStepByStepInValuesAndGradients) {
  expect_the_same_as_by_hand(GetParam());
}

TEST_P(FeedingSequenceTest, IsTheSameWithTwoThreads) {
  const testing_support::Threads two(2);
  expect_the_same_as_by_hand(GetParam());
}

// The loops are compiled for several processors; this is the one that is here.
TEST_P(FeedingSequenceTest, IsTheSameInFloat32) {
  auto problem = make_feeding_problem(GetParam(), torch::kFloat);
  const auto expected = feed_by_hand(problem);
  const auto fused =
      feeding_sequence(problem.inputs, problem.weights, half_width_of(GetParam().window));
  EXPECT_TRUE(torch::allclose(fused.features, expected.features, 1e-5, 1e-5));
  const auto leaves = problem.leaves();
  const auto ours = torch::autograd::grad({fused.features.sum()}, leaves);
  const auto theirs = torch::autograd::grad({expected.features.sum()}, leaves);
  for (size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_TRUE(torch::allclose(ours[i], theirs[i], 1e-4, 1e-4)) << i;
  }
}

}  // namespace
}  // namespace zoo
