#include "zoo/models/gated_unit/gated_sequence.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "zoo/models/gated_unit/gate_kernel.h"

namespace zoo {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

GatedTrace::GatedTrace(const Tensor& projected, const Tensor& start, const Tensor& active)
    : steps_(active),
      gates_(projected.clone(torch::MemoryFormat::Contiguous)),
      reset_(torch::empty({projected.size(0), start.size(1)}, start.options())),
      states_(steps_.states_from(start)) {}

GatedTrace::GatedTrace(torch::ArrayRef<Tensor> saved)
    : steps_(saved[3]), gates_(saved[0]), reset_(saved[1]), states_(saved[2]) {}

Tensor GatedTrace::states() const { return steps_.after(states_); }

Tensor GatedTrace::state_before(int64_t step) const { return steps_.before(step, states_); }

Tensor GatedTrace::states_before() const { return states_.index_select(0, steps_.rows_before()); }

void GatedTrace::forward(int64_t step, const PackedWeight& candidate) {
  const int64_t units = this->units(), count = steps_.rows(step);
  const Tensor now = steps_.of(step, gates_), before = state_before(step),
               after = steps_.of(step, states()), passed = steps_.of(step, reset_);
  AT_DISPATCH_FLOATING_TYPES(gates_.scalar_type(), "GatedTrace", [&] {
    auto* gate = now.data_ptr<scalar_t>();
    const auto* state = before.const_data_ptr<scalar_t>();
    auto* kept = passed.data_ptr<scalar_t>();
    for (int64_t b = 0; b < count; ++b) {
      detail::open_gates(gate + b * 3 * units, state + b * units, kept + b * units, units);
    }
    candidate.add_product(passed, proposed(now));
    auto* next = after.data_ptr<scalar_t>();
    for (int64_t b = 0; b < count; ++b) {
      auto* of_example = gate + b * 3 * units;
      detail::pass_gates(of_example + 2 * units, of_example, state + b * units, next + b * units,
                         units);
    }
  });
}

Tensor GatedTrace::backward(int64_t step, const Tensor& of_next_input,
                            const PackedWeight& candidate, const Tensor& of_gates) const {
  const Tensor of_next = of_next_input.contiguous();
  const int64_t units = this->units(), count = steps_.rows(step);
  const Tensor now = steps_.of(step, gates_), before = state_before(step);
  const Tensor of_state = torch::empty_like(of_next), of_reset = torch::zeros_like(of_next);
  AT_DISPATCH_FLOATING_TYPES(gates_.scalar_type(), "GatedTrace", [&] {
    const auto* gate = now.const_data_ptr<scalar_t>();
    const auto* state = before.const_data_ptr<scalar_t>();
    const auto* next = of_next.const_data_ptr<scalar_t>();
    auto *to_gate = of_gates.data_ptr<scalar_t>(), *to_state = of_state.data_ptr<scalar_t>();
    for (int64_t b = 0; b < count; ++b) {
      const auto* of_example = gate + b * 3 * units;
      auto* to_example = to_gate + b * 3 * units;
      detail::pass_gates_back(of_example, of_example + 2 * units, state + b * units,
                              next + b * units, units,
                              {to_example, to_example + 2 * units, to_state + b * units});
    }
    candidate.add_product(proposed(of_gates), of_reset);
    const auto* from_reset = of_reset.const_data_ptr<scalar_t>();
    for (int64_t b = 0; b < count; ++b) {
      detail::reset_gate_back(gate + b * 3 * units + units, state + b * units,
                              from_reset + b * units, units, to_gate + b * 3 * units + units,
                              to_state + b * units);
    }
  });
  return of_state;
}

namespace {

class GatedSequence : public torch::autograd::Function<GatedSequence> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& projected, const Tensor& start,
                        const Tensor& active, const Tensor& gates, const Tensor& candidate) {
    GatedTrace trace(projected, start, active);
    const PackedWeight to_opened(gates.t()), to_candidate(candidate.t());
    for (int64_t t = 0; t < trace.steps().count(); ++t) {
      to_opened.add_product(trace.state_before(t), trace.opened(t));
      trace.forward(t, to_candidate);
    }
    auto saved = trace.saved();
    saved.insert(saved.end(), {gates, candidate});
    context->save_for_backward(saved);
    return trace.states();
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "gated_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const GatedTrace trace(saved);
    const Tensor &gates = saved[4], &candidate = saved[5];
    const Tensor of_gates = torch::empty_like(trace.gates());
    const PackedWeight from_opened(gates), from_candidate(candidate);
    Tensor of_state;  // after the step, by the step that follows
    for (int64_t t = trace.steps().count() - 1; t >= 0; --t) {
      const Tensor of_next =
          trace.steps().of(t, gradients[0]).clone(torch::MemoryFormat::Contiguous);
      if (of_state.defined()) of_next.narrow(0, 0, of_state.size(0)).add_(of_state);
      const Tensor of_gates_now = trace.steps().of(t, of_gates);
      of_state = trace.backward(t, of_next, from_candidate, of_gates_now);
      from_opened.add_product(trace.opened(of_gates_now), of_state);
    }
    return {of_gates, of_state, Tensor(),
            torch::mm(trace.opened(of_gates).t(), trace.states_before()),
            torch::mm(trace.proposed(of_gates).t(), trace.reset())};
  }
};

}  // namespace

Tensor gated_sequence(const Tensor& projected, const Tensor& start, const Tensor& active,
                      const Tensor& gates, const Tensor& candidate) {
  return GatedSequence::apply(projected, start, active, gates, candidate);
}

}  // namespace zoo
