// What every model must do that goes on with texts: those of the task `language_modelling`.
#pragma once

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/conformance.h"
#include "support/translation_model.h"

namespace zoo::testing_support {

constexpr int64_t kTextSymbols = 13;

/// A specimen of a model that such a function makes; its inputs are made into tokens.
template <class Impl>
Specimen language_specimen(std::string name, std::function<std::shared_ptr<Impl>()> make,
                           std::vector<std::string> tensors) {
  return {.name = std::move(name),
          .make = make,
          .forward =
              [](torch::nn::Module& module, const torch::Tensor& inputs) {
                return module.as<Impl>()->forward(symbols_from(inputs, kTextSymbols));
              },
          .inputs = normal_numbers({2, 7}),
          .targets = coins({2, 7, kTextSymbols}),
          .tensors = std::move(tensors)};
}

/// Three texts of eight symbols.
inline torch::Tensor small_texts() { return symbols_from(normal_numbers({3, 8}), kTextSymbols); }

/// In float64, with weights far from those that training starts with, so that no attention is flat.
template <class Model>
Model lively(Model model) {
  torch::manual_seed(5);
  torch::NoGradGuard no_gradients;
  for (auto& parameter : model->parameters()) parameter.normal_(0, 0.6);
  model->to(torch::kDouble);
  return model;
}

/// Read in pieces, a text has the scores that it has in one.
void expect_texts_go_on_from_their_state(auto& model) {
  const auto texts = small_texts();
  const auto whole = model.features(texts);
  auto state = model.initial_state(3);
  std::vector<torch::Tensor> pieces;
  for (const auto& piece : texts.split_with_sizes({3, 1, 4}, 1)) {
    auto run = model.run(piece, state);
    pieces.push_back(run.features);
    state = run.state;
  }
  EXPECT_TRUE(torch::allclose(torch::cat(pieces, 1), whole, 0, 1e-12));
}

/// The same scores step by step, also when rows change places, from the first step on.
void expect_decoder_agrees_with_forward(auto& model) {
  const auto texts = small_texts();
  const auto expected = torch::log_softmax(model.forward(texts), -1);
  const auto decoder = model.decoder(texts.narrow(1, 0, 3));
  const std::vector<torch::Tensor> orders = {torch::arange(3), torch::tensor({2, 0, 0, 1}),
                                             torch::tensor({3, 1}), torch::tensor({1, 0})};
  auto rows = torch::arange(3);
  for (int64_t step = 0; step < 4; ++step) {
    const auto& order = orders[static_cast<size_t>(step)];
    decoder->select(order);
    rows = rows.index_select(0, order);
    const auto of = [&rows](const torch::Tensor& all) { return all.index_select(0, rows); };
    const auto scores = decoder->next(step == 0 ? torch::Tensor() : of(texts.select(1, 2 + step)));
    EXPECT_TRUE(torch::allclose(scores, of(expected.select(1, 2 + step)), 1e-9, 1e-12)) << step;
  }
}

}  // namespace zoo::testing_support
