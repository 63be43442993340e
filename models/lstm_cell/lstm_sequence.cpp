#include "zoo/models/lstm_cell/lstm_sequence.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "zoo/models/lstm_cell/lstm_kernel.h"

namespace zoo {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

LstmTrace begin_trace(int64_t features, const Tensor& hidden, const Tensor& cell,
                      const Tensor& active) {
  const int64_t steps = active.size(0), batch = cell.size(0), units = cell.size(1);
  const auto empty = [&](int64_t rows, int64_t columns) {
    return torch::empty({rows, batch, columns}, cell.options());
  };
  const LstmTrace trace{.read = empty(steps + 1, features + units),
                        .gates = empty(steps, 4 * units),
                        .cells = empty(steps + 1, units),
                        .active = active};
  trace.hidden()[0].copy_(hidden);
  trace.cells[0].copy_(cell);
  return trace;
}

int64_t LstmTrace::rows(int64_t step) const { return active.const_data_ptr<int64_t>()[step]; }

Tensor LstmTrace::rows_of(int64_t step, const Tensor& all) const {
  return all[step].narrow(0, 0, rows(step));
}

Tensor LstmTrace::active_rows(const Tensor& all) const {
  if (rows(steps() - 1) == all.size(1)) return all.flatten(0, 1);
  std::vector<Tensor> parts;
  for (int64_t step = 0; step < steps(); ++step) parts.push_back(rows_of(step, all));
  return torch::cat(parts);
}

namespace {

// Those that take part in the step no more.
Tensor others(const Tensor& each, int64_t rows) {
  return each.narrow(0, rows, each.size(0) - rows);
}

}  // namespace

void LstmTrace::forward(int64_t step, const LstmWeights& weights) const {
  const int64_t count = rows(step);
  Tensor now = rows_of(step, gates);
  torch::mm_out(now, rows_of(step, read), weights.weight.t());
  const Tensor before = cells[step], after = cells[step + 1], given = hidden()[step + 1];
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    const auto* bias = weights.bias.const_data_ptr<scalar_t>();
    const auto* cell = before.const_data_ptr<scalar_t>();
    auto *gate = now.data_ptr<scalar_t>(), *next = after.data_ptr<scalar_t>(),
         *out = given.data_ptr<scalar_t>();
    for (int64_t b = 0; b < count; ++b) {
      const int64_t at = b * units();
      detail::step_lstm(gate + 4 * at, bias, cell + at, next + at, out + b * given.stride(0),
                        units());
    }
  });
  others(given, count).zero_();
  others(after, count).zero_();
}

void LstmTrace::backward(int64_t step, const Tensor& of_hidden, const Tensor& of_cell,
                         const Tensor& of_gates) const {
  const Tensor now = gates[step], before = cells[step], after = cells[step + 1];
  AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "LstmTrace", [&] {
    const auto *gate = now.const_data_ptr<scalar_t>(), *cell = before.const_data_ptr<scalar_t>(),
               *next = after.const_data_ptr<scalar_t>(),
               *from = of_hidden.const_data_ptr<scalar_t>();
    auto *to_cell = of_cell.data_ptr<scalar_t>(), *to_gates = of_gates.data_ptr<scalar_t>();
    for (int64_t b = 0; b < rows(step); ++b) {
      const int64_t at = b * units();
      detail::step_lstm_back({gate + 4 * at, cell + at, next + at}, from + at, to_cell + at,
                             to_gates + 4 * at, units());
    }
  });
}

namespace {

class LstmSequenceFunction : public torch::autograd::Function<LstmSequenceFunction> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& inputs, const Tensor& hidden,
                               const Tensor& cell, const Tensor& active, const Tensor& weight,
                               const Tensor& bias) {
    const int64_t steps = inputs.size(0);
    const LstmTrace trace = begin_trace(inputs.size(2), hidden, cell, active);
    trace.inputs().narrow(0, 0, steps).copy_(inputs);
    for (int64_t t = 0; t < steps; ++t) trace.forward(t, {weight, bias});
    context->save_for_backward({trace.read, trace.gates, trace.cells, active, weight});
    return {trace.hidden().narrow(0, 1, steps), trace.cells.narrow(0, 1, steps)};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "lstm_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const LstmTrace trace{saved[0], saved[1], saved[2], saved[3]};
    const Tensor& weight = saved[4];
    const int64_t steps = trace.steps(), features = trace.features(), units = trace.units();
    const Tensor of_gates = torch::empty_like(trace.gates);
    const Tensor of_read = torch::empty_like(trace.read);
    const Tensor of_own = of_read.narrow(2, features, units);  // what the step after says of h
    of_own[steps].zero_();
    Tensor of_hidden = torch::empty_like(trace.cells[0]);
    const Tensor of_cell = torch::zeros_like(of_hidden);
    for (int64_t t = steps - 1; t >= 0; --t) {
      torch::add_out(of_hidden, of_own[t + 1], gradients[0][t]);
      of_cell.add_(gradients[1][t]);
      trace.backward(t, of_hidden, of_cell, of_gates[t]);
      Tensor of_read_now = trace.rows_of(t, of_read);
      torch::mm_out(of_read_now, trace.rows_of(t, of_gates), weight);
      others(of_read[t], trace.rows(t)).zero_();
    }
    const Tensor rows = trace.active_rows(of_gates);  // [P, 4 H]
    return {of_read.narrow(0, 0, steps).narrow(2, 0, features),
            of_own[0],
            of_cell,
            Tensor(),
            torch::mm(rows.t(), trace.active_rows(trace.read.narrow(0, 0, steps))),
            rows.sum(0)};
  }
};

}  // namespace

LstmSequence lstm_sequence(const Tensor& inputs, const Tensor& hidden, const Tensor& cell,
                           const Tensor& active, const LstmWeights& weights) {
  const auto outputs =
      LstmSequenceFunction::apply(inputs, hidden, cell, active, weights.weight, weights.bias);
  return {.hidden = outputs[0], .cells = outputs[1]};
}

}  // namespace zoo
