// Says a target symbol by symbol, from what a model has made of its source.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/padded_sequences/symbols.h"

namespace zoo {

/// Of a model whose `step(memory, previous)` gives `logits` [N, V] and moves the memory behind
/// `previous` [N] int64. A memory has `select_state(rows)`, for where each sequence stands, and
/// `select_source(rows)`, for what is known of its source. Must not outlive the model.
template <class Model, class Memory>
class SourceDecoder final : public StepDecoder {
 public:
  /// source [B, S] int64, of which `memory` is made
  SourceDecoder(Model& model, Memory memory, const torch::Tensor& source)
      : model_(model),
        memory_(std::move(memory)),
        sources_(torch::arange(source.size(0), source.options())) {}

  torch::Tensor next(const torch::Tensor& previous) override {
    const auto step =
        model_.step(memory_, previous.defined() ? previous : torch::full_like(sources_, kBegin));
    return torch::log_softmax(step.logits, -1);
  }

  void select(const torch::Tensor& rows) override {
    memory_.select_state(rows);
    const torch::Tensor sources = sources_.index_select(0, rows);
    // Beams of one source share what is known of it; mostly they change places among themselves.
    if (torch::equal(sources, sources_)) return;
    sources_ = sources;
    memory_.select_source(rows);
  }

 private:
  Model& model_;
  Memory memory_;
  torch::Tensor sources_;  // [N], which source each row belongs to
};

/// Those of `tensors` that are defined become their rows `rows`.
inline void select_rows(std::initializer_list<torch::Tensor*> tensors, const torch::Tensor& rows,
                        int64_t axis = 0) {
  for (torch::Tensor* each : tensors) {
    if (each->defined()) *each = each->index_select(axis, rows);
  }
}

}  // namespace zoo
