// What every model must do that translates: those of the task `translation`.
#pragma once

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <vector>

#include "support/conformance.h"
#include "support/cpu_autocast.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/padded_sequences/padded_sequences.h"
#include "zoo/models/padded_sequences/symbols.h"

namespace zoo::testing_support {

constexpr int64_t kSourceSymbols = 13, kTargetSymbols = 11;

/// Symbols [B, S] of a vocabulary, none of them padding, from numbers of `normal_numbers`.
inline torch::Tensor symbols_from(const torch::Tensor& numbers, int64_t vocabulary) {
  return numbers.mul(1e4).to(torch::kLong).remainder(vocabulary - 1) + 1;
}

/// Scores [B, 5, V] of a specimen with inputs [B, S], made into sources of unequal length.
template <class Impl>
torch::Tensor forward_translation(torch::nn::Module& module, const torch::Tensor& inputs) {
  const auto source = symbols_from(inputs, kSourceSymbols);
  const auto lengths = inputs.size(1) - torch::arange(inputs.size(0)).remainder(3);
  const auto target =
      torch::tensor({{5, 1, 10, 4, 3}}, inputs.device()).expand({inputs.size(0), -1});
  return module.as<Impl>()->forward(source, lengths, target);
}

/// A specimen of a model that such a function makes.
template <class Impl>
Specimen translation_specimen(std::string name, std::function<std::shared_ptr<Impl>()> make,
                              std::vector<std::string> tensors) {
  return {.name = std::move(name),
          .make = make,
          .forward = forward_translation<Impl>,
          .inputs = normal_numbers({3, 7}),
          .targets = coins({3, 5, kTargetSymbols}),
          .causal = false,
          .tensors = std::move(tensors)};
}

/// Three pairs of unequal length; nonsense stands in the padding.
struct RaggedPairs {
  torch::Tensor source =
      torch::tensor({{4, 5, 6, 7, 8, 3}, {9, 10, 3, 12, 12, 12}, {11, 4, 7, 3, 5, 5}});
  torch::Tensor lengths = torch::tensor({6, 3, 4});
  torch::Tensor target = torch::tensor({{4, 5, 6, 3}, {10, 3, 9, 9}, {7, 8, 3, 4}});
  torch::Tensor target_lengths = torch::tensor({4, 2, 3});

  /// Pair number `at` by itself.
  RaggedPairs alone(int64_t at) const {
    const auto of = [at](const torch::Tensor& symbols, const torch::Tensor& lengths) {
      return symbols.narrow(0, at, 1).narrow(1, 0, lengths[at].item<int64_t>());
    };
    return {of(source, lengths), lengths.narrow(0, at, 1), of(target, target_lengths),
            target_lengths.narrow(0, at, 1)};
  }
};

void expect_padding_changes_no_translation(auto& model) {
  const RaggedPairs pairs;
  const auto together = model.forward(pairs.source, pairs.lengths, pairs.target);
  for (int64_t i = 0; i < 3; ++i) {
    const auto pair = pairs.alone(i);
    const auto alone = model.forward(pair.source, pair.lengths, pair.target);
    EXPECT_TRUE(torch::allclose(together[i].narrow(0, 0, alone.size(1)), alone[0], 0, 1e-12)) << i;
  }
}

/// Features within the lengths of the targets, then the gradients of what is made of them, where so
/// many steps of each are `told` to be there.
inline std::vector<torch::Tensor> features_and_gradients(auto& model, const torch::Tensor& lengths,
                                                         const torch::Tensor& told) {
  const RaggedPairs pairs;
  const auto target = torch::constant_pad_nd(pairs.target, {0, 1}, kPadding);  // none has step 5
  const auto features = model.features(pairs.source, pairs.lengths, target, told);
  const auto steps = length_mask(lengths, target.size(1)).flatten().nonzero().squeeze(1);
  const auto chosen = features.flatten(0, 1).index_select(0, steps);
  torch::manual_seed(6);
  (chosen * torch::randn_like(chosen)).sum().backward();
  std::vector<torch::Tensor> all = {chosen.detach()};
  for (auto& parameter : model.parameters()) {
    if (parameter.grad().defined()) all.push_back(parameter.grad().clone());
  }
  model.zero_grad();
  return all;
}

/// Whether steps beyond a target's length are computed or not, by kernels of ours or LibTorch's
/// parts.
void expect_target_lengths_change_nothing(auto& model) {
  const auto lengths = torch::tensor({2, 4, 3});  // the longest first and back are not the same
  const auto some = features_and_gradients(model, lengths, lengths);
  const auto all = features_and_gradients(model, lengths, torch::full({3}, 5, torch::kLong));
  const auto by_parts = [&] {
    const CpuAutocast autocast;
    return features_and_gradients(model, lengths, lengths);
  }();
  ASSERT_GT(some.size(), 5);
  for (const auto& each : {all, by_parts}) {
    ASSERT_EQ(some.size(), each.size());
    for (size_t i = 0; i < some.size(); ++i) {
      EXPECT_TRUE(torch::allclose(some[i], each[i], 1e-9, 1e-12)) << i;
    }
  }
}

/// Weights of global attention: a distribution over the source, nothing in the padding.
void expect_attention_is_over_the_source(auto& model) {
  const RaggedPairs pairs;
  const auto weights = model.attention(pairs.source, pairs.lengths, pairs.target);
  ASSERT_EQ(weights.sizes(), (std::vector<int64_t>{3, 4, 6}));
  EXPECT_TRUE(torch::allclose(weights.sum(2), torch::ones({3, 4}, torch::kDouble)));
  EXPECT_EQ(weights[1].narrow(1, 3, 3).abs().max().template item<double>(), 0);
  EXPECT_GT(weights.min().template item<double>(), -1e-300);
}

void expect_later_symbols_change_nothing_earlier(auto& model) {
  const RaggedPairs pairs;
  auto changed = pairs.target.clone();
  changed.select(1, 2).add_(1);
  const auto before = model.forward(pairs.source, pairs.lengths, pairs.target);
  const auto after = model.forward(pairs.source, pairs.lengths, changed);
  EXPECT_TRUE(torch::equal(before.narrow(1, 0, 3), after.narrow(1, 0, 3)));
  EXPECT_FALSE(torch::equal(before.select(1, 3), after.select(1, 3)));
}

/// The same scores step by step, also when rows change places in between, within an example and
/// across examples.
void expect_decoder_agrees_with_forward_on_pairs(auto& model) {
  const RaggedPairs pairs;
  const auto expected =
      torch::log_softmax(model.forward(pairs.source, pairs.lengths, pairs.target), -1);
  const auto decoder = model.decoder(pairs.source, pairs.lengths);
  auto rows = torch::arange(3);
  const std::vector<torch::Tensor> orders = {
      {}, torch::tensor({0, 0, 1, 2}), torch::tensor({3, 2, 0, 1}), torch::arange(4)};
  for (int64_t step = 0; step < 4; ++step) {
    if (step > 0) {
      decoder->select(orders[static_cast<size_t>(step)]);
      rows = rows.index_select(0, orders[static_cast<size_t>(step)]);
    }
    const auto of = [&](const torch::Tensor& all) { return all.index_select(0, rows); };
    const auto previous = step == 0 ? torch::Tensor() : of(pairs.target.select(1, step - 1));
    const auto scores = decoder->next(previous);
    EXPECT_TRUE(torch::allclose(scores, of(expected.select(1, step)), 1e-9, 1e-12)) << step;
  }
}

}  // namespace zoo::testing_support
