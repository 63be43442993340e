#include "zoo/models/transformer_layers/scaled_dot_product.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <vector>

#include "support/message_of.h"
#include "support/tensors.h"
#include "zoo/models/transformer_layers/attention_maps.h"
#include "zoo/models/transformer_layers/positions.h"
#include "zoo/models/transformer_layers/transformer_stack.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr auto kTell = AttentionWeights::kTell, kKeep = AttentionWeights::kKeep;

// [2, 3, steps, size] in double.
Tensor heads_of(int64_t steps, int64_t size) {
  return torch::randn({2, 3, steps, size}, torch::dtype(torch::kDouble).requires_grad(true));
}

struct Attended {
  Tensor contexts;
  std::vector<Tensor> gradients;
};

Attended attended(const std::vector<Tensor>& inputs, const AllowedKeys& allowed,
                  AttentionWeights way) {
  const auto result = scaled_dot_product(inputs[0], inputs[1], inputs[2], allowed, way);
  return {result.contexts, torch::autograd::grad({result.contexts.sin().sum()}, inputs)};
}

// Both rows of a batch may look at some keys; the last query of the second at none.
Tensor mask_with_an_empty_row() {
  Tensor mask = torch::ones({2, 1, 4, 5}, torch::kBool);
  mask[0].select(2, 4).zero_();
  mask[1][0][3].zero_();
  return mask;
}

TEST(ScaledDotProduct, BothWaysAgreeWithGradients) {
  torch::manual_seed(2);
  const std::vector<Tensor> inputs = {heads_of(4, 6), heads_of(5, 6), heads_of(5, 7)};
  for (const auto& allowed : {AllowedKeys{}, AllowedKeys{.causal = true},
                              AllowedKeys{.mask = mask_with_an_empty_row()}}) {
    const Attended told = attended(inputs, allowed, kTell),
                   fused = attended(inputs, allowed, kKeep);
    EXPECT_TRUE(torch::allclose(told.contexts, fused.contexts, 0, 1e-12));
    for (size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_TRUE(torch::allclose(told.gradients[i], fused.gradients[i], 0, 1e-12)) << i;
    }
  }
}

TEST(ScaledDotProduct, IsEquationOne) {
  torch::manual_seed(3);
  torch::NoGradGuard no_gradients;
  const Tensor queries = heads_of(2, 4), keys = heads_of(3, 4), values = heads_of(3, 5);
  const auto [contexts, weights] = scaled_dot_product(queries, keys, values, {}, kTell);
  double sum = 0;
  std::vector<double> exponentials;
  for (int64_t s = 0; s < 3; ++s) {
    exponentials.push_back(
        std::exp((queries[1][2][1] * keys[1][2][s]).sum().item<double>() / std::sqrt(4.0)));
    sum += exponentials.back();
  }
  Tensor expected = torch::zeros({5}, torch::kDouble);
  for (int64_t s = 0; s < 3; ++s) {
    const double weight = exponentials[static_cast<size_t>(s)] / sum;
    EXPECT_NEAR(weights[1][2][1][s].item<double>(), weight, 1e-12);
    expected += weight * values[1][2][s];
  }
  EXPECT_TRUE(torch::allclose(contexts[1][2][1], expected, 0, 1e-12));
}

TEST(ScaledDotProduct, WhoMayLookAtNothingSeesNothing) {
  torch::manual_seed(4);
  const std::vector<Tensor> inputs = {heads_of(4, 6), heads_of(5, 6), heads_of(5, 6)};
  const Tensor mask = torch::zeros({2, 1, 1, 5}, torch::kBool);
  for (const auto way : {kTell, kKeep}) {
    const Attended nothing = attended(inputs, {.mask = mask}, way);
    EXPECT_EQ(nothing.contexts.abs().max().item<double>(), 0);
    for (const Tensor& gradient : nothing.gradients) {
      EXPECT_EQ(gradient.abs().max().item<double>(), 0);
    }
  }
  const auto weights =
      scaled_dot_product(inputs[0], inputs[1], inputs[2], {.mask = mask}, kTell).weights;
  EXPECT_EQ(weights.abs().max().item<double>(), 0);
}

TEST(ScaledDotProduct, TheLastQueriesGoOnFromEarlierKeys) {
  torch::manual_seed(5);
  torch::NoGradGuard no_gradients;
  const Tensor queries = heads_of(5, 4), keys = heads_of(5, 4), values = heads_of(5, 4);
  for (const auto way : {kTell, kKeep}) {
    const Tensor whole = scaled_dot_product(queries, keys, values, {.causal = true}, way).contexts;
    for (const int64_t last : {1, 2}) {
      const Tensor part =
          scaled_dot_product(queries.narrow(2, 5 - last, last), keys, values, {.causal = true}, way)
              .contexts;
      EXPECT_TRUE(torch::allclose(part, whole.narrow(2, 5 - last, last), 0, 1e-12)) << last;
    }
  }
}

TEST(ScaledDotProduct, DropsWeights) {
  const Tensor queries = torch::zeros({1, 1, 1000, 1}), keys = torch::zeros({1, 1, 4, 1}),
               values = torch::ones({1, 1, 4, 1});
  for (const auto way : {kTell, kKeep}) {
    const Tensor contexts = scaled_dot_product(queries, keys, values, {}, way, 0.5).contexts;
    EXPECT_NEAR(contexts.mean().item<double>(), 1, 0.1);
    EXPECT_NEAR(contexts.square().mean().item<double>(), 1.25, 0.15);  // four times 0 or 1/2
  }
}

TEST(Sinusoids, AreSectionThreePointFive) {
  for (const int64_t size : {7, 8}) {
    const Tensor table = sinusoids(3, 4, size, torch::empty(0, torch::kDouble));
    for (int64_t row = 0; row < 4; ++row) {
      for (int64_t feature = 0; feature < size; ++feature) {
        const double angle =
            static_cast<double>(row + 3) /
            std::pow(10000, 2.0 * static_cast<double>(feature / 2) / static_cast<double>(size));
        EXPECT_NEAR(table[row][feature].item<double>(),
                    feature % 2 == 1 ? std::cos(angle) : std::sin(angle), 1e-12);
      }
    }
  }
}

TEST(TransformerLayer, StartsEachMatrixAfterGlorot) {
  torch::manual_seed(6);
  const TransformerLayer layer(TransformerLayerOptions{
      .attention = {.model_size = 120, .heads = 4, .key_size = 30, .value_size = 15},
      .feed_forward_size = 60,
      .crosses = true});
  const auto expect_within = [](const Tensor& weight, int64_t rows, int64_t columns) {
    const double bound = std::sqrt(6.0 / static_cast<double>(rows + columns));
    EXPECT_LE(weight.abs().max().item<double>(), bound);
    EXPECT_GT(weight.abs().max().item<double>(), 0.98 * bound);
  };
  const auto own = layer->attention->query_key_value->weight.split_with_sizes({120, 120, 60});
  for (const auto& [weight, rows] : {std::pair{own[0], 120}, {own[1], 120}, {own[2], 60}}) {
    expect_within(weight, rows, 120);
  }
  const auto cross = layer->cross_attention->key_value->weight.split_with_sizes({120, 60});
  expect_within(cross[0], 120, 120);
  expect_within(cross[1], 60, 120);
  expect_within(layer->attention->merge->weight, 120, 60);
  expect_within(layer->feed_forward->first->weight, 60, 120);
  EXPECT_FALSE(layer->attention->query_key_value->bias.defined());
}

// Inputs of ones would come out alike if nothing were left out.
TEST(SelfAttentionTest, DropsWeightsWhileItTrains) {
  SelfAttention attention(MultiHeadAttentionOptions{
      .model_size = 8, .heads = 2, .key_size = 4, .value_size = 4, .dropout = 0.5});
  const Tensor states = torch::ones({1, 6, 8});
  const auto spread = [&] { return attention->forward(states, {}).std(1).max().item<double>(); };
  EXPECT_GT(spread(), 1e-2);
  attention->eval();
  EXPECT_LT(spread(), 1e-6);
}

TEST(TransformerLayer, DropsWhatSublayersAddWhileItTrains) {
  TransformerLayer layer(TransformerLayerOptions{
      .attention = {.model_size = 8, .heads = 2, .key_size = 4, .value_size = 4},
      .feed_forward_size = 5,
      .norm = NormPlacement::kPre,
      .dropout = 0.5});
  const Tensor states = torch::randn({1, 1, 8}).expand({1, 6, 8});
  const auto spread = [&] { return layer->forward(states, {}).std(1).max().item<double>(); };
  EXPECT_GT(spread(), 1e-2);
  layer->eval();
  EXPECT_LT(spread(), 1e-5);
}

TEST(TransformerLayers, AreEachTheirOwn) {
  TransformerStack stack(
      TransformerLayerOptions{
          .attention = {.model_size = 8, .heads = 2, .key_size = 4, .value_size = 4},
          .feed_forward_size = 5},
      2);
  const auto parameters = stack->named_parameters();
  EXPECT_FALSE(torch::equal(parameters["layers.0.attention.merge.weight"],
                            parameters["layers.1.attention.merge.weight"]));
}

TEST(HeadMaps, AreVariantsOfOneMap) {
  std::vector<AttentionMap> maps;
  const Tensor weights = torch::rand({2, 1, 3, 4, 5});
  append_head_maps(maps, {.name = "heads", .rows = "a", .columns = "b", .values = {}}, weights);
  ASSERT_EQ(maps.size(), 6U);
  EXPECT_EQ(maps[4].name, "heads");
  EXPECT_EQ(maps[4].variant, "layer 2, head 2");
  EXPECT_TRUE(torch::equal(maps[4].values, weights[1][0][1]));
  EXPECT_EQ(message_of<c10::Error>([&] {
              append_head_maps(maps, {}, torch::rand({2, 2, 3, 4, 5}));
            }),
            "append_head_maps: weights must be of one example, [L, 1, H, rows, columns], got "
            "[2, 2, 3, 4, 5]");
}

}  // namespace
}  // namespace zoo
