#include "zoo/models/bahdanau/attending_sequence.h"

#include <torch/csrc/autograd/custom_function.h>

#include "zoo/models/attention/attend_each.h"
#include "zoo/models/gated_unit/gated_sequence.h"
#include "zoo/models/packed_weight/packed_weight.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class AttendingSequence : public torch::autograd::Function<AttendingSequence> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& projected,
                               const Tensor& start, const Tensor& keys, const Tensor& values,
                               const Tensor& lengths, const Tensor& active, const Tensor& query,
                               const Tensor& score, const Tensor& gates, const Tensor& candidate,
                               const Tensor& of_context) {
    const int64_t rows = projected.size(0);
    GatedTrace trace(projected, start, active);
    const PackedWeight to_query(query.t()), to_opened(gates.t()), to_candidate(candidate.t()),
        to_gates(of_context.t());
    const Tensor queries = torch::zeros({rows, query.size(0)}, start.options());
    const Tensor contexts = torch::empty({rows, values.size(2)}, start.options());
    const Tensor weights = torch::zeros({rows, keys.size(1)}, start.options());
    for (int64_t t = 0; t < trace.steps().count(); ++t) {
      const Tensor query_now = trace.steps().of(t, queries),
                   contexts_now = trace.steps().of(t, contexts), before = trace.state_before(t);
      to_query.add_product(before, query_now);
      detail::attend_each({keys, values, score, lengths}, query_now, trace.steps().of(t, weights),
                          contexts_now);
      to_gates.add_product(contexts_now, trace.steps().of(t, trace.gates()));
      to_opened.add_product(before, trace.opened(t));
      trace.forward(t, to_candidate);
    }
    auto saved = trace.saved();
    saved.insert(saved.end(), {keys, values, lengths, queries, contexts, weights, score, query,
                               gates, candidate, of_context});
    context->save_for_backward(saved);
    context->mark_non_differentiable({weights});
    return {trace.states(), contexts, weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "attending_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const GatedTrace trace(saved);
    const Tensor &keys = saved[4], &values = saved[5], &lengths = saved[6], &queries = saved[7],
                 &contexts = saved[8], &weights = saved[9], &score = saved[10], &query = saved[11],
                 &gates = saved[12], &candidate = saved[13], &of_context = saved[14];
    const Tensor of_keys = torch::zeros_like(keys), of_values = torch::zeros_like(values),
                 of_score = torch::zeros_like(score);
    const Tensor of_gates = torch::empty_like(trace.gates()),  // [P, 3 H]
        of_queries = torch::zeros_like(queries);
    const PackedWeight from_query(query), from_opened(gates), from_candidate(candidate),
        from_gates(of_context);
    Tensor of_state;  // before the step, by this one and those that follow
    for (int64_t t = trace.steps().count() - 1; t >= 0; --t) {
      const Tensor of_next =
          trace.steps().of(t, gradients[0]).clone(torch::MemoryFormat::Contiguous);
      if (of_state.defined()) of_next.narrow(0, 0, of_state.size(0)).add_(of_state);
      const Tensor of_gates_now = trace.steps().of(t, of_gates),
                   of_query = trace.steps().of(t, of_queries),
                   of_contexts =
                       trace.steps().of(t, gradients[1]).clone(torch::MemoryFormat::Contiguous);
      of_state = trace.backward(t, of_next, from_candidate, of_gates_now);
      from_gates.add_product(of_gates_now, of_contexts);
      detail::attend_each_back({keys, values, score, lengths}, trace.steps().of(t, queries),
                               trace.steps().of(t, weights), of_contexts,
                               {of_query, of_keys, of_values, of_score});
      from_query.add_product(of_query, of_state);
      from_opened.add_product(trace.opened(of_gates_now), of_state);
    }
    const Tensor states_before = trace.states_before();
    return {of_gates,
            of_state,
            of_keys,
            of_values,
            Tensor(),
            Tensor(),
            torch::mm(of_queries.t(), states_before),
            of_score,
            torch::mm(trace.opened(of_gates).t(), states_before),
            torch::mm(trace.proposed(of_gates).t(), trace.reset()),
            torch::mm(of_gates.t(), contexts)};
  }
};

}  // namespace

AttendingOutputs attending_sequence(const AttendingInputs& inputs,
                                    const AttendingWeights& weights) {
  const auto dense = [](const Tensor& each) {  // so that the gradients lie as it does
    return each.is_non_overlapping_and_dense() && each.stride(2) == 1 ? each : each.contiguous();
  };
  auto outputs =
      AttendingSequence::apply(inputs.projected, inputs.start, dense(inputs.keys),
                               dense(inputs.values), inputs.lengths, inputs.active, weights.query,
                               weights.score, weights.gates, weights.candidate, weights.context);
  return {.states = outputs[0], .contexts = outputs[1], .attention = outputs[2]};
}

}  // namespace zoo
