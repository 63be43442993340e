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

AttentionTrace begin_attention(const AttendedStates& states, int64_t steps) {
  const int64_t batch = states.keys.size(0);
  const auto options = states.keys.options();
  AttentionTrace trace{.weights = torch::zeros({steps, batch, states.keys.size(1)}, options),
                       .centres = torch::arange(steps, options).unsqueeze(1).repeat({1, batch}),
                       .positions = {}};
  if (states.position.defined()) {
    trace.positions = torch::zeros({steps, batch, states.position.size(0)}, options);
  }
  return trace;
}

void AttentionTrace::forward(int64_t step, const AttendedStates& states, const Tensor& queries,
                             const Tensor& contexts) const {
  const int64_t count = queries.size(0);
  const Tensor weight = weights[step], centre = centres[step].narrow(0, 0, count);
  if (states.position.defined()) {  // p_t = S sigm(v . tanh(W h))
    Tensor position = positions[step].narrow(0, 0, count);
    torch::mm_out(position, queries, states.position.t());
    centre.copy_(position.tanh_().mv(states.position_score).sigmoid_());
    centre.mul_(states.lengths.narrow(0, 0, count));
  }
  AT_DISPATCH_FLOATING_TYPES(weight.scalar_type(), "AttentionTrace", [&] {
    for (int64_t b = 0; b < count; ++b) {
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
      .of_centres = torch::zeros_like(trace.centres),
      .of_positions = trace.positions.defined() ? torch::zeros_like(trace.positions) : Tensor()};
}

void AttentionGradients::backward(int64_t step, const AttendedStates& states,
                                  const AttentionTrace& trace, const Tensor& of_contexts,
                                  const Tensor& of_queries) const {
  const int64_t count = of_contexts.size(0);
  const Tensor weight = trace.weights[step], centre = trace.centres[step].narrow(0, 0, count);
  const Tensor of_score = of_scores[step], of_centre = of_centres[step].narrow(0, 0, count);
  AT_DISPATCH_FLOATING_TYPES(weight.scalar_type(), "AttentionTrace", [&] {
    auto* to_centre = of_centre.data_ptr<scalar_t>();
    for (int64_t b = 0; b < count; ++b) {
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
  const Tensor lengths = states.lengths.narrow(0, 0, count);
  of_centre.mul_(centre).mul_(1 - centre / lengths);  // through S sigm
  const Tensor position = trace.positions[step].narrow(0, 0, count);
  const Tensor of_position = of_positions[step].narrow(0, 0, count);
  of_position.copy_(of_centre.unsqueeze(1) * states.position_score * (1 - position.square()));
  of_queries.addmm_(of_position, states.position);
}

}  // namespace zoo
