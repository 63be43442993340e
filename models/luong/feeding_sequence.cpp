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

// What the steps leave behind.
struct FeedingTrace {
  std::vector<LstmTrace> layers;
  AttentionTrace attention;
  Tensor both;      // [c_t; h_t]: [T, B, 2 N], 0 where an example has no such step
  Tensor squashed;  // h~ before its mask: [T, B, N]; undefined without masks
  Tensor features;  // h~ of each step as it is read: [T, B, N]

  // Of all examples [B, ...] the first ones, which have step t.
  Tensor taking_part(int64_t t, const Tensor& all) const {
    return all.narrow(0, 0, layers[0].rows(t));
  }
};

// The first layer reads [embedded; h~] of the step before.
FeedingTrace begin(const FeedingInputs& inputs, const AttendedStates& states) {
  const int64_t steps = inputs.embedded.size(0), embedded = inputs.embedded.size(2),
                batch = inputs.hidden.size(1), units = inputs.hidden.size(2);
  const auto empty = [&](int64_t columns) {
    return torch::empty({steps, batch, columns}, inputs.hidden.options());
  };
  FeedingTrace trace{.layers = {},
                     .attention = begin_attention(states, steps),
                     .both = torch::zeros({steps, batch, 2 * units}, inputs.hidden.options()),
                     .squashed = inputs.feature_masks.defined() ? empty(units) : Tensor(),
                     .features = {}};
  for (int64_t layer = 0; layer < inputs.hidden.size(0); ++layer) {
    const int64_t features = layer == 0 ? embedded + units : units;
    trace.layers.push_back(
        begin_trace(features, inputs.hidden[layer], inputs.cell[layer], inputs.active));
  }
  const Tensor read = trace.layers[0].inputs();
  read.narrow(0, 0, steps).narrow(2, 0, embedded).copy_(inputs.embedded);
  const Tensor fed = read.narrow(2, embedded, units);  // [T + 1, B, N]
  fed.zero_();
  trace.features = fed.narrow(0, 1, steps);
  return trace;
}

// [W, U] of a layer.
Tensor weight_of(const FeedingWeights& weights, size_t layer) {
  return layer == 0 ? weights.first : weights.above[static_cast<int64_t>(layer) - 1];
}

// The mask of what a layer above the first reads in step t.
Tensor mask_of(const FeedingInputs& inputs, size_t layer, int64_t t) {
  return inputs.layer_masks[static_cast<int64_t>(layer) - 1][t];
}

void step_forward(const FeedingTrace& trace, int64_t t, const FeedingInputs& inputs,
                  const FeedingWeights& weights, const AttendedStates& states) {
  const int64_t units = trace.layers[0].units();
  const auto now = [&](const Tensor& all) { return trace.taking_part(t, all); };
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const LstmTrace& lstm = trace.layers[layer];
    if (layer > 0) {
      Tensor read = now(lstm.inputs()[t]);
      read.copy_(now(trace.layers[layer - 1].hidden()[t + 1]));
      if (inputs.layer_masks.defined()) read.mul_(now(mask_of(inputs, layer, t)));
    }
    lstm.forward(t, {weight_of(weights, layer), weights.biases[static_cast<int64_t>(layer)]});
  }
  const Tensor both = now(trace.both[t]), top = both.narrow(1, units, units);
  top.copy_(now(trace.layers.back().hidden()[t + 1]));
  trace.attention.forward(t, states, top, both.narrow(1, 0, units));
  Tensor feature = now(trace.features[t]);
  torch::mm_out(feature, both, weights.combine.t()).tanh_();
  if (!inputs.feature_masks.defined()) return;
  now(trace.squashed[t]).copy_(feature);
  feature.mul_(now(inputs.feature_masks[t]));
}

// What all steps leave behind on the way back, and what goes from one to the one before; 0 where an
// example has no such step.
struct FeedingGradients {
  std::vector<Tensor> of_gates;  // of each layer: [T, B, 4 N]
  std::vector<Tensor> of_cell;   // of each layer: [B, N]
  std::vector<Tensor> of_own;    // of each layer's h by its own next step: [B, N]
  AttentionGradients attention;
  Tensor of_embedded;  // [T, B, E]
  Tensor of_both;      // [T, B, 2 N]
  Tensor of_combined;  // of W_c [c_t; h_t]: [T, B, N]
  Tensor of_fed;       // of h~_t by the next step: [B, N]
};

FeedingGradients begin_back(const FeedingTrace& trace, int64_t embedded) {
  const int64_t steps = trace.both.size(0), batch = trace.both.size(1);
  FeedingGradients gradients{
      .of_gates = {},
      .of_cell = {},
      .of_own = {},
      .attention = begin_attention_gradients(trace.attention),
      .of_embedded = torch::zeros({steps, batch, embedded}, trace.both.options()),
      .of_both = torch::zeros_like(trace.both),
      .of_combined = torch::zeros(trace.features.sizes(), trace.both.options()),
      .of_fed = torch::zeros_like(trace.layers[0].cells[0])};
  for (const LstmTrace& lstm : trace.layers) {
    gradients.of_gates.push_back(torch::zeros_like(lstm.gates));
    gradients.of_cell.push_back(torch::zeros_like(lstm.cells[0]));
    gradients.of_own.push_back(torch::zeros_like(lstm.cells[0]));
  }
  return gradients;
}

void step_back(FeedingGradients& to, const FeedingTrace& trace, int64_t t,
               const Tensor& of_features, const FeedingInputs& inputs,
               const FeedingWeights& weights, const AttendedStates& states) {
  const int64_t units = trace.layers[0].units(), embedded = to.of_embedded.size(2);
  const auto now = [&](const Tensor& all) { return trace.taking_part(t, all); };
  Tensor of_squashed = now(of_features[t]) + now(to.of_fed);
  if (inputs.feature_masks.defined()) of_squashed.mul_(now(inputs.feature_masks[t]));
  const Tensor& squashed = trace.squashed.defined() ? trace.squashed : trace.features;
  Tensor of_combined = now(to.of_combined[t]), of_both = now(to.of_both[t]);
  at::tanh_backward_out(of_combined, of_squashed, now(squashed[t]));
  torch::mm_out(of_both, of_combined, weights.combine);
  Tensor of_hidden = torch::empty_like(of_combined);  // of what the layer has given
  to.attention.backward(t, states, trace.attention, of_both.narrow(1, 0, units), of_hidden);
  of_hidden += of_both.narrow(1, units, units);
  for (size_t layer = trace.layers.size(); layer-- > 0;) {
    const Tensor of_gates = now(to.of_gates[layer][t]);
    const Tensor of_own = now(to.of_own[layer]);
    of_hidden += of_own;
    trace.layers[layer].backward(t, of_hidden, to.of_cell[layer], of_gates);
    const Tensor of_read = torch::mm(of_gates, weight_of(weights, layer));
    of_own.copy_(of_read.narrow(1, of_read.size(1) - units, units));
    if (layer > 0) {
      of_hidden = of_read.narrow(1, 0, units).contiguous();
      if (inputs.layer_masks.defined()) of_hidden.mul_(now(mask_of(inputs, layer, t)));
    } else {
      now(to.of_embedded[t]).copy_(of_read.narrow(1, 0, embedded));
      now(to.of_fed).copy_(of_read.narrow(1, embedded, units));
    }
  }
}

// Sum over all steps that examples have of the outer products: [T, B, M], [T, B, N] -> [M, N].
Tensor outer_sum(const LstmTrace& steps, const Tensor& a, const Tensor& b) {
  return torch::mm(steps.active_rows(a).t(), steps.active_rows(b));
}

// Of weights [T, B, S] and what they were multiplied by [T, B, N]: [B, S, N].
Tensor over_steps(const Tensor& weights, const Tensor& values) {
  return torch::bmm(weights.permute({1, 2, 0}), values.transpose(0, 1));
}

FeedingWeights gradients_of_weights(const FeedingGradients& from, const FeedingTrace& trace) {
  const int64_t steps = trace.both.size(0), units = trace.layers[0].units();
  std::vector<Tensor> weights, biases;
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const LstmTrace& lstm = trace.layers[layer];
    const Tensor& of_gates = from.of_gates[layer];
    weights.push_back(outer_sum(lstm, of_gates, lstm.read.narrow(0, 0, steps)));
    biases.push_back(of_gates.sum({0, 1}));
  }
  FeedingWeights gradients{.first = weights[0],
                           .above = {},
                           .biases = torch::stack(biases),
                           .combine = outer_sum(trace.layers[0], from.of_combined, trace.both)};
  weights.erase(weights.begin());
  if (!weights.empty()) gradients.above = torch::stack(weights);
  if (trace.attention.positions.defined()) {
    gradients.position =
        outer_sum(trace.layers[0], from.attention.of_positions, trace.both.narrow(2, units, units));
    gradients.position_score =
        torch::mv(trace.attention.positions.flatten(0, 1).t(), from.attention.of_centres.flatten());
  }
  return gradients;
}

// LibTorch's nodes take no undefined tensors.
using Maybe = std::optional<Tensor>;

Maybe if_defined(const Tensor& tensor) { return tensor.defined() ? Maybe(tensor) : Maybe(); }

Tensor or_undefined(const Maybe& tensor) { return tensor.value_or(Tensor()); }

// What the way back needs, in the order in which `backward` takes it; of each layer three more.
variable_list saved_tensors(const FeedingInputs& inputs, const FeedingWeights& weights,
                            const FeedingTrace& trace) {
  const auto& attention = trace.attention;
  variable_list saved = {inputs.keys,          inputs.values,
                         inputs.lengths,       inputs.layer_masks,
                         inputs.feature_masks, weights.first,
                         weights.above,        weights.combine,
                         weights.position,     weights.position_score,
                         attention.weights,    attention.centres,
                         attention.positions,  trace.both,
                         trace.squashed,       inputs.active};
  for (const LstmTrace& lstm : trace.layers) {
    saved.insert(saved.end(), {lstm.read, lstm.gates, lstm.cells});
  }
  return saved;
}

class FeedingSequence : public torch::autograd::Function<FeedingSequence> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& embedded,
                               const Tensor& hidden, const Tensor& cell, const Tensor& keys,
                               const Tensor& values, const Tensor& lengths, const Tensor& active,
                               const Maybe& layer_masks, const Maybe& feature_masks,
                               const Tensor& first, const Maybe& above, const Tensor& biases,
                               const Tensor& combine, const Maybe& position,
                               const Maybe& position_score, int64_t half_width) {
    const FeedingInputs inputs{embedded,
                               hidden,
                               cell,
                               keys,
                               values,
                               lengths,
                               active,
                               or_undefined(layer_masks),
                               or_undefined(feature_masks)};
    const FeedingWeights weights{first,   or_undefined(above),    biases,
                                 combine, or_undefined(position), or_undefined(position_score)};
    const AttendedStates states{keys,       values,           lengths,
                                half_width, weights.position, weights.position_score};
    const FeedingTrace trace = begin(inputs, states);
    const int64_t steps = embedded.size(0);
    for (int64_t t = 0; t < steps; ++t) step_forward(trace, t, inputs, weights, states);
    context->save_for_backward(saved_tensors(inputs, weights, trace));
    context->saved_data["half_width"] = half_width;
    context->saved_data["embedded"] = embedded.size(2);
    context->mark_non_differentiable({trace.attention.weights});
    return {trace.features, trace.attention.weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "feeding_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const int64_t embedded = context->saved_data["embedded"].toInt();
    const FeedingInputs inputs{{},       {},        {},       saved[0], saved[1],
                               saved[2], saved[15], saved[3], saved[4]};
    const FeedingWeights weights{saved[5], saved[6], {}, saved[7], saved[8], saved[9]};
    const AttendedStates states{saved[0], saved[1],
                                saved[2], context->saved_data["half_width"].toInt(),
                                saved[8], saved[9]};
    FeedingTrace trace{{}, {saved[10], saved[11], saved[12]}, saved[13], saved[14], {}};
    for (size_t i = 16; i < saved.size(); i += 3) {
      trace.layers.push_back({saved[i], saved[i + 1], saved[i + 2], saved[15]});
    }
    const int64_t steps = trace.both.size(0), units = trace.layers[0].units();
    trace.features = trace.layers[0].read.narrow(2, embedded, units).narrow(0, 1, steps);
    FeedingGradients back = begin_back(trace, embedded);
    for (int64_t t = steps - 1; t >= 0; --t) {
      step_back(back, trace, t, gradients[0], inputs, weights, states);
    }
    const FeedingWeights of_weights = gradients_of_weights(back, trace);
    const Tensor of_keys = over_steps(back.attention.of_scores, trace.both.narrow(2, units, units));
    const Tensor of_values = over_steps(trace.attention.weights, back.of_both.narrow(2, 0, units));
    return {back.of_embedded,
            torch::stack(back.of_own),
            torch::stack(back.of_cell),
            of_keys,
            of_values,
            Tensor(),
            Tensor(),
            Tensor(),
            Tensor(),
            of_weights.first,
            of_weights.above,
            of_weights.biases,
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
      inputs.embedded, inputs.hidden, inputs.cell, rows(inputs.keys), rows(inputs.values),
      inputs.lengths, inputs.active, if_defined(inputs.layer_masks),
      if_defined(inputs.feature_masks), weights.first, if_defined(weights.above), weights.biases,
      weights.combine, if_defined(weights.position), if_defined(weights.position_score),
      half_width);
  return {.features = outputs[0], .attention = outputs[1]};
}

}  // namespace zoo
