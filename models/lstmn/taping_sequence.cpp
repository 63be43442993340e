#include "zoo/models/lstmn/taping_sequence.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "zoo/models/attention/attend_each.h"
#include "zoo/models/lstm_cell/lstm_kernel.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The part of a tape [places, B, ...] that a step sees which will stand at `place`: [B, K, ...].
struct Window {
  Window(int64_t place, int64_t tape)
      : begin(tape > 0 ? std::max<int64_t>(place - tape, 0) : 0), size(place - begin) {}

  Tensor of(const Tensor& tape) const { return tape.narrow(0, begin, size).transpose(0, 1); }
  Tensor of_weights(const Tensor& row) const { return row.narrow(1, begin, size); }

  int64_t begin;
  int64_t size;
};

// gates [B, 4 N] before bias and functions become those after; summary [B, 2 N] is [h~; c~]; fills
// in [h; c], [B, 2 N].
void step_cells(const Tensor& gates, const Tensor& bias, const Tensor& summary,
                const Tensor& state) {
  const int64_t units = gates.size(1) / 4;
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "taping_sequence", [&] {
    for (int64_t b = 0; b < gates.size(0); ++b) {
      auto* made = state.data_ptr<scalar_t>() + 2 * b * units;
      detail::step_lstm(gates.data_ptr<scalar_t>() + 4 * b * units, bias.const_data_ptr<scalar_t>(),
                        summary.const_data_ptr<scalar_t>() + (2 * b + 1) * units, made + units,
                        made, units);
    }
  });
}

// The gradients of that from those of [h; c]: of the gates before their functions, and of c~ in the
// second half of `of_summary`.
void step_cells_back(const Tensor& gates, const Tensor& summary, const Tensor& state,
                     const Tensor& of_state, const Tensor& of_gates, const Tensor& of_summary) {
  const int64_t units = gates.size(1) / 4;
  of_summary.narrow(1, units, units).zero_();
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "taping_sequence", [&] {
    for (int64_t b = 0; b < gates.size(0); ++b) {
      const int64_t hidden = 2 * b * units, cell = hidden + units, gate = 4 * b * units;
      detail::step_lstm_back(
          detail::LstmStep<scalar_t>{gates.const_data_ptr<scalar_t>() + gate,
                                     summary.const_data_ptr<scalar_t>() + cell,
                                     state.const_data_ptr<scalar_t>() + cell},
          of_state.const_data_ptr<scalar_t>() + hidden, of_state.const_data_ptr<scalar_t>() + cell,
          of_summary.data_ptr<scalar_t>() + cell, of_gates.data_ptr<scalar_t>() + gate, units);
    }
  });
}

// h or h~ of [h; c] or [h~; c~] side by side.
Tensor hidden_part(const Tensor& both) { return both.narrow(-1, 0, both.size(-1) / 2); }

// of [T, B, O] and at [T, B, N], which went through a weight [O, N]: its gradient.
Tensor of_weight(const Tensor& of, const Tensor& at) {
  return torch::mm(of.flatten(0, 1).t(), at.flatten(0, 1));
}

// What the steps leave behind, to go back through them.
struct Trace {
  Tensor gates;      // [T, B, 4 N], i, f, c^ and o; before its step, W of what it reads
  Tensor queries;    // [T, B, N], likewise
  Tensor tape;       // [K + T, B, 2 N], h and c side by side, so that one look sums up both
  Tensor keys;       // [K + T, B, N]
  Tensor states;     // [T, B, N], h once more
  Tensor summaries;  // [T + 1, B, 2 N], h~ and c~: of before, then of each step
  Tensor weights;    // [T, B, K + T]
  int64_t tape_size;

  int64_t steps() const { return states.size(0); }
  int64_t old() const { return tape.size(0) - steps(); }
  Window window(int64_t step) const { return {old() + step, tape_size}; }

  void forward(int64_t step, const TapingWeights& by) const;
};

Trace begin_trace(const TapingInputs& inputs) {
  const int64_t steps = inputs.queries.size(0), batch = inputs.queries.size(1),
                units = inputs.queries.size(2), old = inputs.hidden.size(0);
  const auto make = [&](int64_t rows, int64_t features) {
    return torch::empty({rows, batch, features}, inputs.queries.options());
  };
  Trace trace{.gates = inputs.projected.clone(torch::MemoryFormat::Contiguous),
              .queries = inputs.queries.clone(torch::MemoryFormat::Contiguous),
              .tape = make(old + steps, 2 * units),
              .keys = make(old + steps, units),
              .states = make(steps, units),
              .summaries = make(steps + 1, 2 * units).zero_(),
              .weights = torch::zeros({steps, batch, old + steps}, inputs.queries.options()),
              .tape_size = inputs.tape};
  trace.tape.narrow(0, 0, old).copy_(torch::cat({inputs.hidden, inputs.memory}, 2));
  trace.keys.narrow(0, 0, old).copy_(inputs.keys);
  hidden_part(trace.summaries[0]).copy_(inputs.summary);
  return trace;
}

void Trace::forward(int64_t step, const TapingWeights& by) const {
  const Tensor query = queries[step], summary = summaries[step + 1], state = tape[old() + step],
               gate = gates[step], hidden = states[step];
  const Window seen = window(step);
  if (by.summary.size(0) > 0) query.addmm_(hidden_part(summaries[step]), by.summary.t());
  if (seen.size > 0) {
    detail::attend_each({seen.of(keys), seen.of(tape), by.score, Tensor()}, query,
                        seen.of_weights(weights[step]), summary);
  }
  gate.addmm_(hidden_part(summary), by.gates.t());
  step_cells(gate, by.bias, summary, state);
  hidden.copy_(hidden_part(state));
  Tensor key = keys[old() + step];
  torch::mm_out(key, hidden, by.key.t());
}

// What is known of the gradients on the way back, each of the shape of what it belongs to.
struct TraceGradients {
  Tensor gates, queries, tape, keys, score;
  Tensor summary;  // of h~ of the step that comes next, [B, N]
  Tensor both;     // of [h~; c~] of a step, [B, 2 N]

  void backward(const Trace& trace, int64_t step, const TapingWeights& by);
};

void TraceGradients::backward(const Trace& trace, int64_t step, const TapingWeights& by) {
  const int64_t place = trace.old() + step;
  const Tensor state = tape[place], gate = gates[step], query = queries[step];
  hidden_part(state).addmm_(keys[place], by.key);
  step_cells_back(trace.gates[step], trace.summaries[step + 1], trace.tape[place], state, gate,
                  both);
  const Window seen = trace.window(step);
  if (seen.size == 0) {
    summary.zero_();  // h~ and c~ are 0, whatever came before
    return;
  }
  hidden_part(both).copy_(summary.addmm_(gate, by.gates));
  detail::attend_each_back({seen.of(trace.keys), seen.of(trace.tape), by.score, Tensor()},
                           trace.queries[step], seen.of_weights(trace.weights[step]), both,
                           {query, seen.of(keys), seen.of(tape), score});
  if (by.summary.size(0) > 0) {
    torch::mm_out(summary, query, by.summary);
  } else {
    summary.zero_();
  }
}

class TapingSequence : public torch::autograd::Function<TapingSequence> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& projected,
                               const Tensor& queries, const Tensor& hidden, const Tensor& memory,
                               const Tensor& keys, const Tensor& summary, int64_t tape,
                               const Tensor& of_gates, const Tensor& bias, const Tensor& of_key,
                               const Tensor& of_summary, const Tensor& score) {
    const TapingWeights by{of_gates, bias, of_key, of_summary, score};
    const Trace trace = begin_trace({projected, queries, hidden, memory, keys, summary, tape});
    for (int64_t t = 0; t < trace.steps(); ++t) trace.forward(t, by);
    context->save_for_backward({trace.gates, trace.queries, trace.tape, trace.keys, trace.states,
                                trace.summaries, trace.weights, of_gates, bias, of_key, of_summary,
                                score});
    context->saved_data["tape"] = tape;
    context->mark_non_differentiable({trace.weights});
    context->set_materialize_grads(false);
    return {trace.states, trace.tape, trace.keys,
            hidden_part(trace.summaries[trace.steps()]).clone(), trace.weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "taping_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const Trace trace{saved[0], saved[1], saved[2], saved[3],
                      saved[4], saved[5], saved[6], context->saved_data["tape"].toInt()};
    const TapingWeights by{saved[7], saved[8], saved[9], saved[10], saved[11]};
    const auto given = [&](size_t output, const Tensor& of) {
      return gradients[output].defined() ? gradients[output].clone(torch::MemoryFormat::Contiguous)
                                         : torch::zeros_like(of, torch::MemoryFormat::Contiguous);
    };
    TraceGradients of{.gates = torch::empty_like(trace.gates),
                      .queries = torch::zeros_like(trace.queries),
                      .tape = given(1, trace.tape),
                      .keys = given(2, trace.keys),
                      .score = torch::zeros_like(by.score),
                      .summary = given(3, hidden_part(trace.summaries[0])),
                      .both = torch::empty_like(trace.summaries[0])};
    const int64_t old = trace.old(), steps = trace.steps();
    if (gradients[0].defined()) hidden_part(of.tape.narrow(0, old, steps)).add_(gradients[0]);
    for (int64_t t = steps - 1; t >= 0; --t) of.backward(trace, t, by);
    const auto of_old = of.tape.narrow(0, 0, old).chunk(2, 2);
    const Tensor summed = hidden_part(trace.summaries);
    return {of.gates,
            of.queries,
            of_old[0],
            of_old[1],
            of.keys.narrow(0, 0, old),
            of.summary,
            Tensor(),
            of_weight(of.gates, summed.narrow(0, 1, steps)),
            of.gates.sum(torch::IntArrayRef{0, 1}),
            of_weight(of.keys.narrow(0, old, steps), trace.states),
            by.summary.size(0) > 0 ? of_weight(of.queries, summed.narrow(0, 0, steps)) : Tensor(),
            of.score};
  }
};

}  // namespace

TapingOutputs taping_sequence(const TapingInputs& inputs, const TapingWeights& weights) {
  const auto outputs = TapingSequence::apply(
      inputs.projected, inputs.queries, inputs.hidden, inputs.memory, inputs.keys, inputs.summary,
      inputs.tape, weights.gates, weights.bias, weights.key, weights.summary, weights.score);
  const auto tapes = outputs[1].chunk(2, 2);
  return {.states = outputs[0],
          .hidden = tapes[0],
          .memory = tapes[1],
          .keys = outputs[2],
          .summary = outputs[3],
          .weights = outputs[4]};
}

}  // namespace zoo
