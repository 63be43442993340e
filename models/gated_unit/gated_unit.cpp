#include "zoo/models/gated_unit/gated_unit.h"

#include <utility>
#include <vector>

#include "zoo/models/gated_unit/gated_sequence.h"
#include "zoo/models/vector_math/can_fuse.h"

namespace zoo {

using torch::Tensor;

GatedUnitImpl::GatedUnitImpl(GatedUnitOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "GatedUnit: ", problem);
  reset();
}

void GatedUnitImpl::reset() {
  const int64_t units = options.hidden_size;
  const auto linear = [](int64_t from, int64_t to, bool bias) {
    return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(bias));
  };
  input = register_module("input", linear(options.input_size, 3 * units, true));
  gates = register_module("gates", linear(units, 2 * units, false));
  candidate = register_module("candidate", linear(units, units, false));
  if (options.context_size > 0) {
    context = register_module("context", linear(options.context_size, 3 * units, false));
  }
}

Tensor GatedUnitImpl::project(const Tensor& inputs) { return input->forward(inputs); }

Tensor GatedUnitImpl::step(const Tensor& projected, const Tensor& state, const Tensor& context) {
  const int64_t units = options.hidden_size;
  const Tensor known = context.defined() ? projected + this->context->forward(context) : projected;
  const auto opened =
      torch::sigmoid(known.narrow(-1, 0, 2 * units) + gates->forward(state)).chunk(2, -1);
  const Tensor &update = opened[0], &reset = opened[1];  // z, r
  const Tensor proposed =
      torch::tanh(known.narrow(-1, 2 * units, units) + candidate->forward(reset * state));
  return state + update * (proposed - state);
}

Tensor GatedUnitImpl::run(const Tensor& projected, const Tensor& start, const Tensor& active) {
  const int64_t units = options.hidden_size;
  TORCH_CHECK(projected.dim() == 2 && projected.size(1) == 3 * units && start.dim() == 2 &&
                  start.size(0) == active[0].item<int64_t>() && start.size(1) == units &&
                  active.sum().item<int64_t>() == projected.size(0),
              "GatedUnit: projected [P, 3 H], start [B, H] with H = ", units,
              " and active, B first and P in all, do not fit: ", projected.sizes(), ", ",
              start.sizes(), ", ", active);
  if (can_fuse(projected)) {
    return gated_sequence(projected, start, active, gates->weight, candidate->weight);
  }
  std::vector<Tensor> states;
  Tensor state = start;
  for (const Tensor& each : PackedSteps(active).split(projected)) {
    state = step(each, state.narrow(0, 0, each.size(0)));
    states.push_back(state);
  }
  return torch::cat(states);
}

Tensor GatedUnitImpl::read(const Tensor& inputs, const Tensor& lengths, Direction direction) {
  const int64_t steps = inputs.size(0), batch = inputs.size(1), units = options.hidden_size;
  const Tensor start = torch::zeros({batch, units}, inputs.options());
  const LongestFirst sequences = longest_first(lengths.cpu(), steps);
  const Tensor rows = packed_rows(sequences, direction).to(inputs.device());
  const Tensor projected = project(inputs.flatten(0, 1).index_select(0, rows));
  return unpack(run(projected, start, sequences.active), rows, steps, batch);
}

}  // namespace zoo
