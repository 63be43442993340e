#include "zoo/models/gated_unit/gated_sequence.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "zoo/models/gated_unit/gate_kernel.h"

namespace zoo {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

GatedTrace::GatedTrace(const Tensor& projected, const Tensor& start)
    : gates(projected.clone(torch::MemoryFormat::Contiguous)),
      reset(torch::empty({projected.size(0), start.size(0), start.size(1)}, start.options())),
      states(torch::empty({projected.size(0) + 1, start.size(0), start.size(1)}, start.options())) {
  states[0].copy_(start);
}

GatedTrace::GatedTrace(Tensor gates, Tensor reset, Tensor states)
    : gates(std::move(gates)), reset(std::move(reset)), states(std::move(states)) {}

void GatedTrace::forward(int64_t step, const Tensor& recurrent, const Tensor& candidate) {
  const int64_t units = this->units(), batch = reset.size(1);
  const Tensor opened = gates[step], before = states[step], after = states[step + 1],
               passed = reset[step];
  opened.narrow(1, 0, 2 * units).add_(recurrent);
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "GatedTrace", [&] {
    auto* gate = opened.data_ptr<scalar_t>();
    const auto* state = before.const_data_ptr<scalar_t>();
    auto* kept = passed.data_ptr<scalar_t>();
    for (int64_t b = 0; b < batch; ++b) {
      detail::open_gates(gate + b * 3 * units, state + b * units, kept + b * units, units);
    }
    opened.narrow(1, 2 * units, units).addmm_(passed, candidate.t());
    auto* next = after.data_ptr<scalar_t>();
    for (int64_t b = 0; b < batch; ++b) {
      auto* of_example = gate + b * 3 * units;
      detail::pass_gates(of_example + 2 * units, of_example, state + b * units, next + b * units,
                         units);
    }
  });
}

Tensor GatedTrace::backward(int64_t step, const Tensor& of_next_input, const Tensor& candidate,
                            Tensor of_gates) const {
  const Tensor of_next = of_next_input.contiguous();
  const int64_t units = this->units(), batch = reset.size(1);
  const Tensor opened = gates[step], before = states[step];
  const Tensor of_state = torch::empty_like(of_next);
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "GatedTrace", [&] {
    const auto* gate = opened.const_data_ptr<scalar_t>();
    const auto* state = before.const_data_ptr<scalar_t>();
    const auto* next = of_next.const_data_ptr<scalar_t>();
    auto *to_gate = of_gates.data_ptr<scalar_t>(), *to_state = of_state.data_ptr<scalar_t>();
    for (int64_t b = 0; b < batch; ++b) {
      const auto* of_example = gate + b * 3 * units;
      auto* to_example = to_gate + b * 3 * units;
      detail::pass_gates_back(of_example, of_example + 2 * units, state + b * units,
                              next + b * units, units,
                              {to_example, to_example + 2 * units, to_state + b * units});
    }
    const Tensor of_reset = torch::mm(of_gates.narrow(1, 2 * units, units), candidate);  // [B, H]
    const auto* from_reset = of_reset.const_data_ptr<scalar_t>();
    for (int64_t b = 0; b < batch; ++b) {
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
                        const Tensor& gates, const Tensor& candidate) {
    GatedTrace trace(projected, start);
    for (int64_t t = 0; t < trace.steps(); ++t) {
      trace.forward(t, torch::mm(trace.states[t], gates.t()), candidate);
    }
    context->save_for_backward({trace.gates, trace.reset, trace.states, gates, candidate});
    return trace.states.narrow(0, 1, trace.steps());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "gated_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const GatedTrace trace(saved[0], saved[1], saved[2]);
    const Tensor &gates = saved[3], &candidate = saved[4];
    const int64_t units = trace.units(), steps = trace.steps();
    const Tensor of_gates = torch::empty_like(trace.gates);
    Tensor of_state = torch::zeros_like(trace.states[0]);
    for (int64_t t = steps - 1; t >= 0; --t) {
      of_state = trace.backward(t, of_state + gradients[0][t], candidate, of_gates[t]);
      of_state.addmm_(of_gates[t].narrow(1, 0, 2 * units), gates);
    }
    const Tensor flat = of_gates.flatten(0, 1);  // [T B, 3 H]
    return {of_gates, of_state,
            torch::mm(flat.narrow(1, 0, 2 * units).t(),
                      trace.states.narrow(0, 0, steps).reshape({-1, units})),
            torch::mm(flat.narrow(1, 2 * units, units).t(), trace.reset.flatten(0, 1))};
  }
};

}  // namespace

Tensor gated_sequence(const Tensor& projected, const Tensor& start, const Tensor& gates,
                      const Tensor& candidate) {
  return GatedSequence::apply(projected, start, gates, candidate);
}

}  // namespace zoo
