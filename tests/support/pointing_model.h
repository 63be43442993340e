// What every model must do that answers by pointing: those of the task `pointing`.
#pragma once

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <vector>

#include "zoo/models/beam_search/beam_search.h"

namespace zoo::testing_support {

/// Scores [B, 5, V] of a specimen with inputs [B, S, F] that are all of the same length.
template <class Impl>
torch::Tensor forward_pointing(torch::nn::Module& module, const torch::Tensor& inputs) {
  const auto targets =
      torch::tensor({{3, 1, 2, 3, 0}}, inputs.device()).expand({inputs.size(0), -1});
  const auto lengths = torch::full(inputs.size(0), inputs.size(1), targets.options());
  return module.as<Impl>()->forward(inputs, lengths, targets);
}

/// Examples of 6 and 4 inputs alone and together, with nonsense in the padding.
void expect_padding_changes_nothing(auto& model, int64_t features) {
  const auto inputs = torch::randn({2, 6, features}, torch::kDouble);
  inputs[1].narrow(0, 4, 2).fill_(1e3);
  const auto targets = torch::tensor({{5, 6, 1, 0}, {2, 0, 3, 1}});
  const auto both = model.forward(inputs, torch::tensor({6, 4}), targets);
  const auto alone = model.forward(inputs.narrow(0, 1, 1).narrow(1, 0, 4), torch::tensor({4}),
                                   targets.narrow(0, 1, 1).narrow(1, 0, 2));
  // As far as the end, and over the symbols that both have.
  const auto expected = alone[0].narrow(1, 0, 5);
  EXPECT_TRUE(torch::allclose(both[1].narrow(0, 0, 2).narrow(1, 0, 5), expected, 0, 1e-12));
}

void expect_later_targets_change_nothing_earlier(auto& model, int64_t features) {
  const auto inputs = torch::randn({2, 6, features}, torch::kDouble);
  const auto lengths = torch::tensor({6, 6});
  const auto before = model.forward(inputs, lengths, torch::tensor({{5, 6, 1, 3}, {2, 4, 3, 1}}));
  const auto after = model.forward(inputs, lengths, torch::tensor({{5, 6, 2, 4}, {2, 4, 5, 5}}));
  EXPECT_TRUE(torch::equal(before.narrow(1, 0, 3), after.narrow(1, 0, 3)));
  EXPECT_FALSE(torch::equal(before.select(1, 3), after.select(1, 3)));
}

void expect_decoder_agrees_with_forward(auto& model, int64_t features) {
  const auto inputs = torch::randn({3, 6, features}, torch::kDouble);
  const auto lengths = torch::tensor({6, 4, 5});
  const auto targets = torch::tensor({{5, 6, 1, 3}, {2, 4, 3, 1}, {1, 1, 5, 2}});
  const auto expected = torch::log_softmax(model.forward(inputs, lengths, targets), -1);
  const auto decoder = model.decoder(inputs, lengths);
  const auto order = torch::tensor({2, 0, 1, 0});
  for (int64_t step = 0; step < 4; ++step) {
    const bool reordered = step >= 2;  // as a beam search does
    const auto of = [&](const torch::Tensor& all) {
      return reordered ? all.index_select(0, order) : all;
    };
    if (step == 2) decoder->select(order);
    const auto previous = step == 0 ? torch::Tensor() : of(targets.select(1, step - 1));
    const auto scores = decoder->next(previous);
    EXPECT_TRUE(torch::allclose(scores, of(expected.select(1, step)), 1e-9, 1e-12)) << step;
  }
}

/// All answers of at most 3 steps to 3 inputs, scored one by one, against beams of 1 and of all.
void expect_beams_search(auto& model, int64_t features) {
  const auto inputs = torch::randn({1, 3, features}, torch::kDouble) * 3;
  const auto lengths = torch::tensor({3});
  const auto score_of = [&](const std::vector<int64_t>& symbols) {
    const auto targets = torch::tensor(symbols).unsqueeze(0);
    const auto scores = torch::log_softmax(model.forward(inputs, lengths, targets), -1);
    return scores.gather(2, targets.unsqueeze(2)).sum().template item<double>();
  };
  std::vector<int64_t> best, greedy;
  double highest = -std::numeric_limits<double>::infinity();
  const auto consider = [&](std::vector<int64_t> symbols) {
    if (const double score = score_of(symbols); score > highest) {
      highest = score;
      best = symbols;
    }
  };
  consider({0});
  for (int64_t a = 1; a <= 3; ++a) {
    consider({a, 0});
    for (int64_t b = 1; b <= 3; ++b) {
      for (int64_t c = 0; c <= 3; ++c) consider({a, b, c});
    }
  }
  const auto search = [&](int64_t width) {
    const auto decoder = model.decoder(inputs, lengths);
    return beam_search(*decoder, {.beam_width = width, .max_steps = 3, .end = 0});
  };
  const auto wide = search(100);
  EXPECT_NEAR(wide.log_probabilities[0][0].template item<double>(), highest, 1e-9);
  for (size_t i = 0; i < best.size(); ++i) {
    EXPECT_EQ(wide.symbols[0][0][static_cast<int64_t>(i)].template item<int64_t>(), best[i]);
  }
  const auto narrow = search(1).symbols[0][0];
  for (int64_t step = 0; step < narrow.size(0); ++step) {
    auto with_any = greedy;
    with_any.push_back(0);
    const auto targets = torch::tensor(with_any).unsqueeze(0);
    const auto next = model.forward(inputs, lengths, targets)[0][step].argmax();
    greedy.push_back(next.template item<int64_t>());
    EXPECT_EQ(narrow[step].template item<int64_t>(), greedy.back());
    if (greedy.back() == 0) break;
  }
}

}  // namespace zoo::testing_support
