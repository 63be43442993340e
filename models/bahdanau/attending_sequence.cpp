#include "zoo/models/bahdanau/attending_sequence.h"

#include <torch/csrc/autograd/custom_function.h>

#include "zoo/models/attention/attend_each.h"
#include "zoo/models/gated_unit/gated_sequence.h"

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
    const int64_t rows = projected.size(0), queried = query.size(0), gated = gates.size(0);
    GatedTrace trace(projected, start, active);
    const Tensor from_state = torch::cat({query, gates});  // one product for both
    const Tensor asked = torch::empty({rows, queried + gated}, start.options());
    const Tensor contexts = torch::empty({rows, values.size(2)}, start.options());
    const Tensor weights = torch::zeros({rows, keys.size(1)}, start.options());
    for (int64_t t = 0; t < trace.steps().count(); ++t) {
      Tensor asked_now = trace.steps().of(t, asked);
      const Tensor contexts_now = trace.steps().of(t, contexts);
      torch::mm_out(asked_now, trace.state_before(t), from_state.t());
      detail::attend_each({keys, values, score, lengths}, asked_now, trace.steps().of(t, weights),
                          contexts_now);
      trace.steps().of(t, trace.gates()).addmm_(contexts_now, of_context.t());
      trace.forward(t, asked_now.narrow(1, queried, gated), candidate);
    }
    auto saved = trace.saved();
    saved.insert(saved.end(), {keys, values, lengths, asked.narrow(1, 0, queried), contexts,
                               weights, score, from_state, candidate, of_context});
    context->save_for_backward(saved);
    context->mark_non_differentiable({weights});
    return {trace.states(), contexts, weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "attending_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const GatedTrace trace(saved);
    const Tensor &keys = saved[4], &values = saved[5], &lengths = saved[6], &queries = saved[7],
                 &contexts = saved[8], &weights = saved[9], &score = saved[10],
                 &from_state = saved[11], &candidate = saved[12], &of_context = saved[13];
    const int64_t units = trace.units(), queried = queries.size(1);
    const Tensor of_keys = torch::zeros_like(keys), of_values = torch::zeros_like(values),
                 of_score = torch::zeros_like(score);
    const Tensor of_gates = torch::empty_like(trace.gates());  // [P, 3 H]
    // Gradients of what was asked of each state: the query, then z and r.
    const Tensor of_asked = torch::zeros({of_gates.size(0), queried + 2 * units}, keys.options());
    Tensor of_state;  // before the step, by this one and those that follow
    for (int64_t t = trace.steps().count() - 1; t >= 0; --t) {
      const Tensor of_next =
          trace.steps().of(t, gradients[0]).clone(torch::MemoryFormat::Contiguous);
      if (of_state.defined()) of_next.narrow(0, 0, of_state.size(0)).add_(of_state);
      const Tensor of_opened = trace.steps().of(t, of_gates),
                   of_asked_now = trace.steps().of(t, of_asked);
      of_state = trace.backward(t, of_next, candidate, of_opened);
      const Tensor of_contexts =
          torch::addmm(trace.steps().of(t, gradients[1]), of_opened, of_context);
      detail::attend_each_back({keys, values, score, lengths}, trace.steps().of(t, queries),
                               trace.steps().of(t, weights), of_contexts,
                               {of_asked_now, of_keys, of_values, of_score});
      of_asked_now.narrow(1, queried, 2 * units).copy_(of_opened.narrow(1, 0, 2 * units));
      of_state.addmm_(of_asked_now, from_state);
    }
    const Tensor of_from_state = torch::mm(of_asked.t(), trace.states_before());
    return {of_gates,
            of_state,
            of_keys,
            of_values,
            Tensor(),
            Tensor(),
            of_from_state.narrow(0, 0, queried),
            of_score,
            of_from_state.narrow(0, queried, 2 * units),
            torch::mm(of_gates.narrow(1, 2 * units, units).t(), trace.reset()),
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
