#include "zoo/models/luong/feeding_sequence.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <vector>

#include "zoo/models/lstm_cell/lstm_sequence.h"
#include "zoo/models/luong/attention_trace.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What the steps leave behind. Also the order in which they are saved.
struct FeedingTrace {
  std::vector<LstmTrace> layers;
  AttentionTrace attention;
  Tensor both;      // [c_t; h_t]: [T, B, 2 N]
  Tensor squashed;  // h~ before its mask: [T, B, N]
  Tensor features;  // what is fed: zeros, then h~ of each step: [T + 1, B, N]
};

FeedingTrace begin(const FeedingInputs& inputs, const FeedingWeights& weights,
                   const AttendedStates& states) {
  const int64_t steps = inputs.projected.size(0), batch = inputs.hidden.size(1),
                units = inputs.hidden.size(2);
  const auto options = inputs.hidden.options();
  FeedingTrace trace{.layers = {},
                     .attention = begin_attention(states, steps),
                     .both = torch::empty({steps, batch, 2 * units}, options),
                     .squashed = {},
                     .features = torch::empty({steps + 1, batch, units}, options)};
  trace.features[0].zero_();
  trace.squashed = inputs.feature_masks.defined() ? torch::empty({steps, batch, units}, options)
                                                  : trace.features.narrow(0, 1, steps);
  for (int64_t layer = 0; layer < inputs.hidden.size(0); ++layer) {
    const Tensor gates = layer == 0 ? inputs.projected.clone(torch::MemoryFormat::Contiguous)
                                    : weights.biases[layer - 1].repeat({steps, batch, 1});
    trace.layers.push_back(begin_trace(gates, inputs.hidden[layer], inputs.cell[layer]));
  }
  return trace;
}

// What a layer multiplies that which comes from below by.
Tensor from_below(const FeedingWeights& weights, size_t layer) {
  return layer == 0 ? weights.feature : weights.above[static_cast<int64_t>(layer) - 1];
}

Tensor recurrent_of(const FeedingWeights& weights, size_t layer) {
  return weights.recurrent[static_cast<int64_t>(layer)];
}

// Times the mask of what this layer, one above the first, reads.
Tensor masked(const Tensor& values, const Tensor& masks, size_t layer, int64_t step) {
  return masks.defined() ? values * masks[static_cast<int64_t>(layer) - 1][step] : values;
}

void step_forward(const FeedingTrace& trace, int64_t t, const FeedingInputs& inputs,
                  const FeedingWeights& weights, const AttendedStates& states) {
  const int64_t units = inputs.hidden.size(2);
  Tensor below = trace.features[t];
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const LstmTrace& lstm = trace.layers[layer];
    if (layer > 0) below = masked(below, inputs.layer_masks, layer, t);
    lstm.gates[t].addmm_(below, from_below(weights, layer).t());
    lstm.gates[t].addmm_(lstm.hidden[t], recurrent_of(weights, layer).t());
    lstm.forward(t);
    below = lstm.hidden[t + 1];
  }
  const Tensor both = trace.both[t];
  both.narrow(1, units, units).copy_(below);
  trace.attention.forward(t, states, below, both.narrow(1, 0, units));
  Tensor squashed = trace.squashed[t];
  torch::mm_out(squashed, both, weights.combine.t()).tanh_();
  if (!inputs.feature_masks.defined()) return;
  Tensor feature = trace.features[t + 1];
  torch::mul_out(feature, squashed, inputs.feature_masks[t]);
}

// Gradients that go from step to step, and those that all steps leave behind.
struct FeedingGradients {
  std::vector<Tensor> of_hidden, of_cell;  // of each layer: [B, N]
  std::vector<Tensor> of_gates;            // of each layer: [T, B, 4 N]
  AttentionGradients attention;
  Tensor of_both;      // [T, B, 2 N]
  Tensor of_combined;  // of W_c [c_t; h_t]: [T, B, N]
  Tensor of_fed;       // of h~_t by the step after: [B, N]
};

FeedingGradients begin_back(const FeedingTrace& trace) {
  FeedingGradients gradients{.of_hidden = {},
                             .of_cell = {},
                             .of_gates = {},
                             .attention = begin_attention_gradients(trace.attention),
                             .of_both = torch::empty_like(trace.both),
                             .of_combined = torch::empty_like(trace.squashed).contiguous(),
                             .of_fed = torch::zeros_like(trace.features[0])};
  for (const LstmTrace& lstm : trace.layers) {
    gradients.of_hidden.push_back(torch::zeros_like(lstm.hidden[0]));
    gradients.of_cell.push_back(torch::zeros_like(lstm.cells[0]));
    gradients.of_gates.push_back(torch::empty_like(lstm.gates));
  }
  return gradients;
}

void step_back(FeedingGradients& to, const FeedingTrace& trace, int64_t t,
               const Tensor& of_features, const FeedingInputs& inputs,
               const FeedingWeights& weights, const AttendedStates& states) {
  const int64_t units = trace.features.size(2);
  Tensor of_squashed = of_features[t] + to.of_fed;
  if (inputs.feature_masks.defined()) of_squashed.mul_(inputs.feature_masks[t]);
  Tensor of_combined = to.of_combined[t], of_both = to.of_both[t];
  at::tanh_backward_out(of_combined, of_squashed, trace.squashed[t]);
  torch::mm_out(of_both, of_combined, weights.combine);
  Tensor of_below = torch::empty_like(to.of_fed);  // of what the layer above has read
  to.attention.backward(t, states, trace.attention, of_both.narrow(1, 0, units), of_below);
  of_below += of_both.narrow(1, units, units);
  for (size_t layer = trace.layers.size(); layer-- > 0;) {
    const Tensor of_gates = to.of_gates[layer][t];
    to.of_hidden[layer] += of_below;
    trace.layers[layer].backward(t, to.of_hidden[layer], to.of_cell[layer], of_gates);
    torch::mm_out(to.of_hidden[layer], of_gates, recurrent_of(weights, layer));
    of_below = torch::mm(of_gates, from_below(weights, layer));
    if (layer > 0) of_below = masked(of_below, inputs.layer_masks, layer, t);
  }
  to.of_fed = of_below;
}

// Sum over all steps of the outer products: [T, B, M], [T, B, N] -> [M, N].
Tensor outer_sum(const Tensor& a, const Tensor& b) {
  return torch::mm(a.flatten(0, 1).t(), b.reshape({-1, b.size(2)}));
}

// Of weights [T, B, S] and what they were multiplied by [T, B, N]: [B, S, N].
Tensor over_steps(const Tensor& weights, const Tensor& values) {
  return torch::bmm(weights.permute({1, 2, 0}), values.transpose(0, 1));
}

FeedingWeights gradients_of_weights(const FeedingGradients& from, const FeedingTrace& trace,
                                    const FeedingInputs& inputs, const Tensor& queries) {
  const int64_t steps = trace.both.size(0);
  std::vector<Tensor> above, biases, recurrent;
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const Tensor& of_gates = from.of_gates[layer];
    recurrent.push_back(outer_sum(of_gates, trace.layers[layer].hidden.narrow(0, 0, steps)));
    if (layer == 0) continue;
    Tensor below = trace.layers[layer - 1].hidden.narrow(0, 1, steps);
    if (inputs.layer_masks.defined()) {
      below = below * inputs.layer_masks[static_cast<int64_t>(layer) - 1];
    }
    above.push_back(outer_sum(of_gates, below));
    biases.push_back(of_gates.sum({0, 1}));
  }
  FeedingWeights gradients{
      .feature = outer_sum(from.of_gates[0], trace.features.narrow(0, 0, steps)),
      .above = above.empty() ? Tensor() : torch::stack(above),
      .biases = above.empty() ? Tensor() : torch::stack(biases),
      .recurrent = torch::stack(recurrent),
      .combine = outer_sum(from.of_combined, trace.both)};
  if (trace.attention.positions.defined()) {
    gradients.position = outer_sum(from.attention.of_positions, queries);
    gradients.position_score =
        torch::mv(trace.attention.positions.flatten(0, 1).t(), from.attention.of_centres.flatten());
  }
  return gradients;
}

// LibTorch's nodes take no undefined tensors.
using Maybe = std::optional<Tensor>;

Maybe if_defined(const Tensor& tensor) { return tensor.defined() ? Maybe(tensor) : Maybe(); }

Tensor or_undefined(const Maybe& tensor) { return tensor.value_or(Tensor()); }

class FeedingSequence : public torch::autograd::Function<FeedingSequence> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& projected,
                               const Tensor& hidden, const Tensor& cell, const Tensor& keys,
                               const Tensor& values, const Tensor& lengths,
                               const Maybe& layer_masks, const Maybe& feature_masks,
                               const Tensor& feature, const Maybe& above, const Maybe& biases,
                               const Tensor& recurrent, const Tensor& combine,
                               const Maybe& position, const Maybe& position_score,
                               int64_t half_width) {
    const FeedingInputs inputs{projected,
                               hidden,
                               cell,
                               keys,
                               values,
                               lengths,
                               or_undefined(layer_masks),
                               or_undefined(feature_masks)};
    const FeedingWeights weights{
        feature, or_undefined(above),    or_undefined(biases),        recurrent,
        combine, or_undefined(position), or_undefined(position_score)};
    const AttendedStates states{keys,       values,           lengths,
                                half_width, weights.position, weights.position_score};
    const FeedingTrace trace = begin(inputs, weights, states);
    const int64_t steps = projected.size(0);
    for (int64_t t = 0; t < steps; ++t) step_forward(trace, t, inputs, weights, states);
    variable_list saved = {keys,
                           values,
                           lengths,
                           inputs.layer_masks,
                           inputs.feature_masks,
                           feature,
                           weights.above,
                           recurrent,
                           combine,
                           weights.position,
                           weights.position_score,
                           trace.attention.weights,
                           trace.attention.centres,
                           trace.attention.positions,
                           trace.both,
                           trace.squashed,
                           trace.features};
    for (const LstmTrace& lstm : trace.layers) {
      saved.insert(saved.end(), {lstm.gates, lstm.hidden, lstm.cells});
    }
    context->save_for_backward(saved);
    context->saved_data["half_width"] = half_width;
    context->mark_non_differentiable({trace.attention.weights});
    return {trace.features.narrow(0, 1, steps), trace.attention.weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "feeding_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const FeedingInputs inputs{{}, {}, {}, saved[0], saved[1], saved[2], saved[3], saved[4]};
    const FeedingWeights weights{saved[5], saved[6], {}, saved[7], saved[8], saved[9], saved[10]};
    const AttendedStates states{saved[0], saved[1],
                                saved[2], context->saved_data["half_width"].toInt(),
                                saved[9], saved[10]};
    FeedingTrace trace{{}, {saved[11], saved[12], saved[13]}, saved[14], saved[15], saved[16]};
    for (size_t i = 17; i < saved.size(); i += 3) {
      trace.layers.push_back({saved[i], saved[i + 1], saved[i + 2]});
    }
    FeedingGradients back = begin_back(trace);
    const int64_t steps = trace.both.size(0);
    for (int64_t t = steps - 1; t >= 0; --t) {
      step_back(back, trace, t, gradients[0], inputs, weights, states);
    }
    const Tensor queries = trace.layers.back().hidden.narrow(0, 1, steps);
    const Tensor of_contexts = back.of_both.narrow(2, 0, queries.size(2));
    const FeedingWeights of_weights = gradients_of_weights(back, trace, inputs, queries);
    return {back.of_gates[0],
            torch::stack(back.of_hidden),
            torch::stack(back.of_cell),
            over_steps(back.attention.of_scores, queries),
            over_steps(trace.attention.weights, of_contexts),
            Tensor(),
            Tensor(),
            Tensor(),
            of_weights.feature,
            of_weights.above,
            of_weights.biases,
            of_weights.recurrent,
            of_weights.combine,
            of_weights.position,
            of_weights.position_score,
            Tensor()};
  }
};

}  // namespace

FeedingOutputs feeding_sequence(const FeedingInputs& inputs, const FeedingWeights& weights,
                                int64_t half_width) {
  const auto rows = [](const Tensor& each) {
    return each.stride(2) == 1 ? each : each.contiguous();
  };
  const auto outputs = FeedingSequence::apply(
      inputs.projected, inputs.hidden, inputs.cell, rows(inputs.keys), rows(inputs.values),
      inputs.lengths, if_defined(inputs.layer_masks), if_defined(inputs.feature_masks),
      weights.feature, if_defined(weights.above), if_defined(weights.biases), weights.recurrent,
      weights.combine, if_defined(weights.position), if_defined(weights.position_score),
      half_width);
  return {.features = outputs[0], .attention = outputs[1]};
}

}  // namespace zoo
