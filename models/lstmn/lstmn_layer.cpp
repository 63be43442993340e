#include "zoo/models/lstmn/lstmn_layer.h"

#include <torch/nn/functional/linear.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "zoo/models/gated_unit/gated_sequence.h"
#include "zoo/models/lstmn/taping_sequence.h"
#include "zoo/models/vector_math/can_fuse.h"

namespace zoo {

using torch::Tensor;

LstmnTapes LstmnTapes::select(const Tensor& rows) const {
  return {.hidden = hidden.index_select(1, rows),
          .memory = memory.index_select(1, rows),
          .keys = keys.index_select(1, rows),
          .summary = summary.index_select(0, rows)};
}

LstmnLayerImpl::LstmnLayerImpl(LstmnLayerOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "LstmnLayer: ", problem);
  reset();
}

void LstmnLayerImpl::reset() {
  attention = register_module("attention", IntraAttention(IntraAttentionOptions{
                                               .input_size = options.input_size,
                                               .hidden_size = options.hidden_size,
                                               .previous_summary = options.previous_summary}));
  gates = register_module("gates", torch::nn::Linear(options.hidden_size + options.input_size,
                                                     4 * options.hidden_size));
}

LstmnTapes LstmnLayerImpl::empty_tapes(int64_t batch) const {
  const int64_t units = options.hidden_size;
  const Tensor nothing =
      torch::empty({0, batch, units}, gates->weight.options().requires_grad(false));
  return {.hidden = nothing,
          .memory = nothing,
          .keys = nothing,
          .summary = torch::zeros({batch, units}, nothing.options())};
}

// Rows of W or b, of i, f, o and c^, in the order that the kernels of LSTMs have: i, f, c^, o.
Tensor LstmnLayerImpl::as_of_lstm(const Tensor& rows) const {
  const auto parts = rows.split(options.hidden_size);
  return torch::cat({parts[0], parts[1], parts[3], parts[2]});
}

// What the next call can look at.
LstmnTapes LstmnLayerImpl::latest(const LstmnTapes& tapes) const {
  const int64_t places = tapes.hidden.size(0);
  const int64_t kept = options.tape > 0 ? std::min(options.tape, places) : places;
  const auto of = [&](const Tensor& tape) { return tape.narrow(0, places - kept, kept); };
  return {.hidden = of(tapes.hidden),
          .memory = of(tapes.memory),
          .keys = of(tapes.keys),
          .summary = tapes.summary};
}

LstmnLayerRun LstmnLayerImpl::forward(const Tensor& inputs, const LstmnTapes& before) {
  if (!can_fuse(inputs)) return forward_composed(inputs, before);
  const int64_t units = options.hidden_size;
  const Tensor weight = as_of_lstm(gates->weight);
  const auto outputs = taping_sequence(
      {.projected = torch::nn::functional::linear(
           inputs, weight.narrow(1, units, options.input_size)),  // W x, for which no step waits
       .queries = attention->input->forward(inputs),
       .hidden = before.hidden,
       .memory = before.memory,
       .keys = before.keys,
       .summary = before.summary,
       .tape = options.tape},
      {.gates = weight.narrow(1, 0, units),
       .bias = as_of_lstm(gates->bias),
       .key = attention->hidden->weight,
       .summary = attention->summary.is_empty() ? gates->weight.new_empty({0, units})
                                                : attention->summary->weight,
       .score = attention->score});
  return {.hidden = outputs.states,
          .memory = outputs.memory.narrow(0, before.memory.size(0), inputs.size(0)),
          .weights = outputs.weights,
          .tapes = latest({.hidden = outputs.hidden,
                           .memory = outputs.memory,
                           .keys = outputs.keys,
                           .summary = outputs.summary})};
}

LstmnLayerRun LstmnLayerImpl::forward_composed(const Tensor& inputs, const LstmnTapes& before) {
  const int64_t units = options.hidden_size, steps = inputs.size(0), old = before.hidden.size(0);
  const auto queries = attention->input->forward(inputs).unbind(0);
  LstmnTapes tapes = before;
  std::vector<Tensor> states, weights;
  for (int64_t t = 0; t < steps; ++t) {
    const LstmnTapes seen = latest(tapes);
    const auto at = static_cast<size_t>(t);
    const Tensor weight =
        attention->forward(seen.keys.transpose(0, 1), queries[at], tapes.summary);  // s, [B, K]
    const auto sum = [&weight](const Tensor& tape) {
      return torch::bmm(weight.unsqueeze(1), tape.transpose(0, 1)).squeeze(1);  // [B, N]
    };
    const Tensor summary = sum(seen.hidden), memory = sum(seen.memory);  // h~_t, c~_t
    const Tensor opened = gates->forward(torch::cat({summary, inputs[t]}, 1));
    const auto sigmoids = torch::sigmoid(opened.narrow(1, 0, 3 * units)).chunk(3, 1);  // i, f, o
    const Tensor candidate = torch::tanh(opened.narrow(1, 3 * units, units));          // c^
    const Tensor cell = sigmoids[1] * memory + sigmoids[0] * candidate;                // c_t
    states.push_back(sigmoids[2] * torch::tanh(cell));                                 // h_t
    const Tensor key = attention->hidden->forward(states.back());
    tapes = {.hidden = torch::cat({tapes.hidden, states.back().unsqueeze(0)}),
             .memory = torch::cat({tapes.memory, cell.unsqueeze(0)}),
             .keys = torch::cat({tapes.keys, key.unsqueeze(0)}),
             .summary = summary};
    const int64_t off_tape = old + t - weight.size(1);
    weights.push_back(torch::constant_pad_nd(weight, {off_tape, steps - t}));
  }
  return {.hidden = torch::stack(states),
          .memory = tapes.memory.narrow(0, old, steps),
          .weights = torch::stack(weights),
          .tapes = latest(tapes)};
}

}  // namespace zoo
