#include "zoo/models/lstm_cell/lstm_sequence.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include "zoo/models/lstm_cell/lstm_kernel.h"
#include "zoo/models/packed_weight/packed_weight.h"

namespace zoo {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void LstmTrace::forward(int64_t step, const Tensor& bias_of_gates) const {
  const Tensor now = steps.of(step, gates), before = steps.before(step, cells),
               after = steps.of(step, steps.after(cells)),
               given = steps.of(step, steps.after(hidden));
  const int64_t units = cells.size(1), stride = given.stride(0);
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    const auto *bias = bias_of_gates.const_data_ptr<scalar_t>(),
               *cell = before.const_data_ptr<scalar_t>();
    auto *gate = now.data_ptr<scalar_t>(), *next = after.data_ptr<scalar_t>(),
         *out = given.data_ptr<scalar_t>();
    for (int64_t b = 0; b < given.size(0); ++b) {
      const int64_t at = b * units;
      detail::step_lstm(gate + 4 * at, bias, cell + at, next + at, out + b * stride, units);
    }
  });
}

void LstmTrace::backward(int64_t step, const LstmTrace& gradients) const {
  const Tensor now = steps.of(step, gates), before = steps.before(step, cells),
               after = steps.of(step, steps.after(cells)),
               of_given = steps.of(step, steps.after(gradients.hidden)),
               of_after = steps.of(step, steps.after(gradients.cells)),
               of_before = steps.before(step, gradients.cells),
               of_now = steps.of(step, gradients.gates);
  const int64_t units = cells.size(1), stride = of_given.stride(0);
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    const auto *gate = now.const_data_ptr<scalar_t>(), *cell = before.const_data_ptr<scalar_t>(),
               *next = after.const_data_ptr<scalar_t>(),
               *of_out = of_given.const_data_ptr<scalar_t>(),
               *of_next = of_after.const_data_ptr<scalar_t>();
    auto *of_cell = of_before.data_ptr<scalar_t>(), *of_gate = of_now.data_ptr<scalar_t>();
    for (int64_t b = 0; b < now.size(0); ++b) {
      const int64_t at = b * units;
      detail::step_lstm_back({gate + 4 * at, cell + at, next + at}, of_out + b * stride,
                             of_next + at, of_cell + at, of_gate + 4 * at, units);
    }
  });
}

namespace {

class LstmSequenceFunction : public torch::autograd::Function<LstmSequenceFunction> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& inputs, const Tensor& active,
                               const Tensor& input, const Tensor& state, const Tensor& bias) {
    const PackedSteps steps(active);
    const Tensor start = torch::zeros({steps.batch(), state.size(1)}, inputs.options());
    const LstmTrace trace{.steps = steps,
                          .gates = torch::mm(inputs, input.t()),
                          .hidden = steps.states_from(start),
                          .cells = steps.states_from(start)};
    const PackedWeight to_gates(state.t());
    for (int64_t t = 0; t < steps.count(); ++t) {
      if (t > 0) to_gates.add_product(steps.before(t, trace.hidden), steps.of(t, trace.gates));
      trace.forward(t, bias);
    }
    context->save_for_backward(
        {active, inputs, input, state, trace.gates, trace.hidden, trace.cells});
    return {steps.after(trace.hidden), steps.after(trace.cells)};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "lstm_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const PackedSteps steps(saved[0]);
    const Tensor &inputs = saved[1], &input = saved[2], &state = saved[3];
    const LstmTrace trace{steps, saved[4], saved[5], saved[6]};
    const Tensor start = torch::zeros_like(steps.before(0, trace.cells));
    const LstmTrace of{.steps = steps,
                       .gates = torch::empty_like(trace.gates),
                       .hidden = torch::cat({start, gradients[0]}),
                       .cells = torch::cat({start, gradients[1]})};
    const PackedWeight to_states(state);
    for (int64_t t = steps.count() - 1; t >= 0; --t) {
      trace.backward(t, of);
      if (t > 0) to_states.add_product(steps.of(t, of.gates), steps.before(t, of.hidden));
    }
    const Tensor read =
        torch::cat({inputs, trace.hidden.index_select(0, steps.rows_before())}, 1);  // [x; h]
    const Tensor of_both = torch::mm(of.gates.t(), read);
    const int64_t features = inputs.size(1), units = state.size(1);
    return {torch::mm(of.gates, input), Tensor(), of_both.narrow(1, 0, features),
            of_both.narrow(1, features, units), of.gates.sum(0)};
  }
};

}  // namespace

LstmSequence lstm_sequence(const Tensor& inputs, const PackedSteps& steps,
                           const LstmWeights& weights) {
  const auto outputs = LstmSequenceFunction::apply(inputs, steps.active(), weights.input,
                                                   weights.state, weights.bias);
  return {.hidden = outputs[0], .cells = outputs[1]};
}

}  // namespace zoo
