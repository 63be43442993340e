#include "zoo/models/lstm_cell/lstm_sequence.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include "zoo/models/lstm_cell/lstm_kernel.h"

namespace zoo {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

LstmTrace begin_trace(const Tensor& gates, const Tensor& hidden, const Tensor& cell) {
  const int64_t steps = gates.size(0);
  const auto states_from = [steps](const Tensor& start) {
    const Tensor states =
        torch::empty({steps + 1, start.size(0), start.size(1)}, start.options());  // [T + 1, B, H]
    states[0].copy_(start);
    return states;
  };
  return {.gates = gates, .hidden = states_from(hidden), .cells = states_from(cell)};
}

void LstmTrace::forward(int64_t step) const {
  const Tensor now = gates[step], before = cells[step], after = cells[step + 1],
               given = hidden[step + 1];
  const int64_t batch = given.size(0), units = given.size(1);
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    auto* gate = now.data_ptr<scalar_t>();
    const auto* cell = before.const_data_ptr<scalar_t>();
    auto *next = after.data_ptr<scalar_t>(), *out = given.data_ptr<scalar_t>();
    for (int64_t b = 0; b < batch; ++b) {
      const int64_t at = b * units;
      detail::step_lstm(gate + 4 * at, cell + at, next + at, out + at, units);
    }
  });
}

void LstmTrace::backward(int64_t step, const Tensor& of_hidden, const Tensor& of_cell,
                         const Tensor& of_gates) const {
  const Tensor now = gates[step], before = cells[step], after = cells[step + 1];
  const int64_t batch = before.size(0), units = before.size(1);
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    const auto *gate = now.const_data_ptr<scalar_t>(), *cell = before.const_data_ptr<scalar_t>(),
               *next = after.const_data_ptr<scalar_t>(),
               *from = of_hidden.const_data_ptr<scalar_t>();
    auto *to_cell = of_cell.data_ptr<scalar_t>(), *to_gates = of_gates.data_ptr<scalar_t>();
    for (int64_t b = 0; b < batch; ++b) {
      const int64_t at = b * units;
      detail::step_lstm_back({gate + 4 * at, cell + at, next + at}, from + at, to_cell + at,
                             to_gates + 4 * at, units);
    }
  });
}

namespace {

class LstmSequenceFunction : public torch::autograd::Function<LstmSequenceFunction> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& projected,
                               const Tensor& hidden, const Tensor& cell, const Tensor& recurrent) {
    const LstmTrace trace =
        begin_trace(projected.clone(torch::MemoryFormat::Contiguous), hidden, cell);
    for (int64_t t = 0; t < trace.steps(); ++t) {
      trace.gates[t].addmm_(trace.hidden[t], recurrent.t());
      trace.forward(t);
    }
    context->save_for_backward({trace.gates, trace.hidden, trace.cells, recurrent});
    return {trace.hidden.narrow(0, 1, trace.steps()), trace.cells.narrow(0, 1, trace.steps())};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "lstm_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const LstmTrace trace{.gates = saved[0], .hidden = saved[1], .cells = saved[2]};
    const Tensor& recurrent = saved[3];
    const Tensor of_gates = torch::empty_like(trace.gates);
    Tensor of_hidden = torch::zeros_like(trace.hidden[0]), of_cell = torch::zeros_like(of_hidden);
    for (int64_t t = trace.steps() - 1; t >= 0; --t) {
      if (gradients[0].defined()) of_hidden += gradients[0][t];
      if (gradients[1].defined()) of_cell += gradients[1][t];
      trace.backward(t, of_hidden, of_cell, of_gates[t]);
      torch::mm_out(of_hidden, of_gates[t], recurrent);
    }
    const Tensor before = trace.hidden.narrow(0, 0, trace.steps()).flatten(0, 1);  // [T B, H]
    return {of_gates, of_hidden, of_cell, torch::mm(of_gates.flatten(0, 1).t(), before)};
  }
};

}  // namespace

LstmSequence lstm_sequence(const Tensor& projected, const Tensor& hidden, const Tensor& cell,
                           const Tensor& recurrent) {
  const auto outputs = LstmSequenceFunction::apply(projected, hidden, cell, recurrent);
  return {.hidden = outputs[0], .cells = outputs[1]};
}

}  // namespace zoo
