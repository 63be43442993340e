#include "zoo/models/luong/attention_trace.h"

#include <ATen/Dispatch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "zoo/models/attention/product_kernel.h"

namespace zoo {

using torch::Tensor;

namespace {

// The window of example b around `centre`, and its first place.
template <class Scalar>
std::pair<detail::Window<Scalar>, int64_t> window_at(const AttendedStates& states, int64_t b,
                                                     Scalar centre) {
  const Tensor &keys = states.keys, &values = states.values;
  int64_t first = 0, end = states.lengths.const_data_ptr<int64_t>()[b];
  if (states.half_width > 0) {
    const auto middle = static_cast<int64_t>(std::floor(centre + Scalar(0.5)));
    first = std::clamp<int64_t>(middle - states.half_width, 0, end);
    end = std::min(end, middle + states.half_width + 1);
  }
  const auto width = static_cast<Scalar>(states.half_width);
  return {
      {.keys = keys.const_data_ptr<Scalar>() + b * keys.stride(0) + first * keys.stride(1),
       .values = values.const_data_ptr<Scalar>() + b * values.stride(0) + first * values.stride(1),
       .places = std::max<int64_t>(end - first, 0),
       .units = keys.size(2),
       .features = values.size(2),
       .key_stride = keys.stride(1),
       .value_stride = values.stride(1),
       .centre = centre - static_cast<Scalar>(first),
       .precision = states.position.defined() ? 2 / (width * width) : Scalar(0)},  // sigma = D/2
      first};
}

}  // namespace

AttentionTrace begin_attention(const AttendedStates& states, const PackedSteps& steps) {
  const auto options = states.keys.options();
  AttentionTrace trace{
      .steps = steps,
      .weights = torch::zeros({steps.total(), states.keys.size(1)}, options),
      .centres = torch::arange(steps.count()).repeat_interleave(steps.active()).to(options),
      .positions = {}};
  if (states.position.defined()) {
    trace.positions = torch::empty({steps.total(), states.position.size(0)}, options);
  }
  return trace;
}

void AttentionTrace::forward(int64_t step, const AttendedStates& states, const Tensor& queries,
                             const Tensor& contexts) const {
  const Tensor weight = steps.of(step, weights), centre = steps.of(step, centres);
  if (states.position.defined()) {  // p_t = S sigm(v . tanh(W h))
    Tensor position = steps.of(step, positions);
    torch::mm_out(position, queries, states.position.t());
    centre.copy_(position.tanh_().mv(states.position_score).sigmoid_());
    centre.mul_(states.lengths.narrow(0, 0, centre.size(0)));
  }
  AT_DISPATCH_FLOATING_TYPES(weight.scalar_type(), "AttentionTrace", [&] {
    for (int64_t b = 0; b < weight.size(0); ++b) {
      const auto [window, first] =
          window_at<scalar_t>(states, b, centre.const_data_ptr<scalar_t>()[b]);
      detail::attend_by_product(window, queries.const_data_ptr<scalar_t>() + b * queries.stride(0),
                                weight.data_ptr<scalar_t>() + b * weight.stride(0) + first,
                                contexts.data_ptr<scalar_t>() + b * contexts.stride(0));
    }
  });
}

AttentionGradients begin_attention_gradients(const AttentionTrace& trace) {
  return {
      .of_scores = torch::zeros_like(trace.weights),
      .of_centres = torch::empty_like(trace.centres),
      .of_positions = trace.positions.defined() ? torch::empty_like(trace.positions) : Tensor()};
}

void AttentionGradients::backward(int64_t step, const AttendedStates& states,
                                  const AttentionTrace& trace, const Tensor& of_contexts,
                                  const Tensor& of_queries) const {
  const PackedSteps& steps = trace.steps;
  const Tensor weight = steps.of(step, trace.weights), centre = steps.of(step, trace.centres);
  const Tensor of_score = steps.of(step, of_scores), of_centre = steps.of(step, of_centres);
  AT_DISPATCH_FLOATING_TYPES(weight.scalar_type(), "AttentionTrace", [&] {
    auto* to_centre = of_centre.data_ptr<scalar_t>();
    for (int64_t b = 0; b < weight.size(0); ++b) {
      const auto [window, first] =
          window_at<scalar_t>(states, b, centre.const_data_ptr<scalar_t>()[b]);
      to_centre[b] = detail::attend_by_product_back(
          window, weight.const_data_ptr<scalar_t>() + b * weight.stride(0) + first,
          of_contexts.const_data_ptr<scalar_t>() + b * of_contexts.stride(0),
          of_score.data_ptr<scalar_t>() + b * of_score.stride(0) + first,
          of_queries.data_ptr<scalar_t>() + b * of_queries.stride(0));
    }
  });
  if (!states.position.defined()) return;
  const Tensor lengths = states.lengths.narrow(0, 0, centre.size(0));
  of_centre.mul_(centre).mul_(1 - centre / lengths);  // through S sigm
  const Tensor position = steps.of(step, trace.positions);
  const Tensor of_position = steps.of(step, of_positions);
  of_position.copy_(of_centre.unsqueeze(1) * states.position_score * (1 - position.square()));
  of_queries.addmm_(of_position, states.position);
}

}  // namespace zoo
