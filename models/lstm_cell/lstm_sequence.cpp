#include "zoo/models/lstm_cell/lstm_sequence.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include "zoo/models/lstm_cell/lstm_kernel.h"

namespace zoo {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

LstmTrace begin_trace(const PackedSteps& steps, int64_t features, const Tensor& added,
                      const Tensor& hidden, const Tensor& cell) {
  const int64_t rows = steps.total(), units = cell.size(1);
  const auto empty = [&](int64_t count, int64_t columns) {
    return torch::empty({count, columns}, cell.options());
  };
  const LstmTrace trace{.steps = steps,
                        .read = empty(rows, features + units),
                        .gates = added.clone(torch::MemoryFormat::Contiguous),
                        .hidden = empty(rows, units),
                        .cells = empty(steps.batch() + rows, units)};
  steps.of(0, trace.read).narrow(1, features, units).copy_(hidden);
  steps.before(0, trace.cells).copy_(cell);
  return trace;
}

void LstmTrace::forward(int64_t step, const LstmStepWeights& weights) const {
  const int64_t units = this->units();
  const Tensor now = steps.of(step, gates), before = steps.before(step, cells),
               after = steps.of(step, steps.after(cells)), given = steps.of(step, hidden);
  now.addmm_(steps.of(step, read), weights.weight.t());
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    const auto* bias = weights.bias.const_data_ptr<scalar_t>();
    const auto* cell = before.const_data_ptr<scalar_t>();
    auto *gate = now.data_ptr<scalar_t>(), *next = after.data_ptr<scalar_t>(),
         *out = given.data_ptr<scalar_t>();
    for (int64_t at = 0; at < given.numel(); at += units) {
      detail::step_lstm(gate + 4 * at, bias, cell + at, next + at, out + at, units);
    }
  });
  if (step + 1 == steps.count()) return;
  const Tensor own = steps.of(step + 1, read).narrow(1, read.size(1) - units, units);
  own.copy_(given.narrow(0, 0, own.size(0)));
}

void LstmTrace::backward(int64_t step, const Tensor& of_hidden, const Tensor& of_cell,
                         const Tensor& of_gates) const {
  const int64_t units = this->units();
  const Tensor now = steps.of(step, gates), before = steps.before(step, cells),
               after = steps.of(step, steps.after(cells));
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    const auto *gate = now.const_data_ptr<scalar_t>(), *cell = before.const_data_ptr<scalar_t>(),
               *next = after.const_data_ptr<scalar_t>(),
               *from = of_hidden.const_data_ptr<scalar_t>();
    auto *to_cell = of_cell.data_ptr<scalar_t>(), *to_gates = of_gates.data_ptr<scalar_t>();
    for (int64_t at = 0; at < after.numel(); at += units) {
      detail::step_lstm_back({gate + 4 * at, cell + at, next + at}, from + at, to_cell + at,
                             to_gates + 4 * at, units);
    }
  });
}

namespace {

class LstmSequenceFunction : public torch::autograd::Function<LstmSequenceFunction> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& projected,
                               const Tensor& hidden, const Tensor& cell, const Tensor& active,
                               const Tensor& weight, const Tensor& bias) {
    const LstmTrace trace =
        begin_trace(PackedSteps(active), /*features=*/0, projected, hidden, cell);
    const PackedSteps& steps = trace.steps;
    for (int64_t t = 0; t < steps.count(); ++t) trace.forward(t, {weight, bias});
    context->save_for_backward({active, trace.read, trace.gates, trace.cells, weight});
    return {trace.hidden, steps.after(trace.cells)};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "lstm_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const LstmTrace trace{PackedSteps(saved[0]), saved[1], saved[2], Tensor(), saved[3]};
    const PackedSteps& steps = trace.steps;
    const Tensor& weight = saved[4];
    const Tensor of_gates = torch::empty_like(trace.gates);
    const Tensor of_cell = torch::zeros_like(steps.before(0, trace.cells));
    Tensor of_own;  // of h, by the step that follows
    for (int64_t t = steps.count() - 1; t >= 0; --t) {
      const Tensor of_hidden = steps.of(t, gradients[0]).clone(torch::MemoryFormat::Contiguous);
      if (of_own.defined()) of_hidden.narrow(0, 0, of_own.size(0)).add_(of_own);
      of_cell.narrow(0, 0, steps.rows(t)).add_(steps.of(t, gradients[1]));
      const Tensor of_gates_now = steps.of(t, of_gates);
      trace.backward(t, of_hidden, of_cell, of_gates_now);
      of_own = torch::mm(of_gates_now, weight);
    }
    return {of_gates,       of_own, of_cell, Tensor(), torch::mm(of_gates.t(), trace.read),
            of_gates.sum(0)};
  }
};

}  // namespace

LstmSequence lstm_sequence(const Tensor& projected, const Tensor& hidden, const Tensor& cell,
                           const PackedSteps& steps, const LstmStepWeights& weights) {
  const auto outputs = LstmSequenceFunction::apply(projected, hidden, cell, steps.active(),
                                                   weights.weight, weights.bias);
  return {.hidden = outputs[0], .cells = outputs[1]};
}

}  // namespace zoo
