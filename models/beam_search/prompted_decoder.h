// Goes on with texts, symbol by symbol, from the state that a model has after reading them.
#pragma once

#include <torch/types.h>

#include <utility>

#include "zoo/models/beam_search/beam_search.h"

namespace zoo {

/// Of a model that has `initial_state(batch)`, whose `run(tokens, state)` gives `features` [B, T,
/// D] and the `state` after them, and whose `output` turns features into logits. A state has
/// `select(rows)`. The prompt is read in one call. Must not outlive the model.
template <class Model>
class PromptedDecoder final : public StepDecoder {
 public:
  /// prompt [B, T] int64, T >= 1
  PromptedDecoder(Model& model, const torch::Tensor& prompt)
      : model_(model), state_(model.initial_state(prompt.size(0))) {
    read(prompt);
  }

  torch::Tensor next(const torch::Tensor& previous) override {
    if (previous.defined()) read(previous.unsqueeze(1));
    return scores_;
  }

  void select(const torch::Tensor& rows) override {
    state_ = state_.select(rows);
    scores_ = scores_.index_select(0, rows);
  }

 private:
  using State = decltype(std::declval<Model&>().initial_state(1));

  void read(const torch::Tensor& tokens) {
    auto run = model_.run(tokens, state_);
    state_ = std::move(run.state);
    scores_ = torch::log_softmax(model_.output->forward(run.features.select(1, -1)), -1);
  }

  Model& model_;
  State state_;
  torch::Tensor scores_;  // [B, V]
};

}  // namespace zoo
