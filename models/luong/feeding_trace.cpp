#include "zoo/models/luong/feeding_trace.h"

#include "zoo/models/packed_weight/packed_weight.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

namespace {

AttendedStates attended(const FeedingInputs& inputs, const FeedingWeights& weights,
                        int64_t half_width) {
  return {.keys = inputs.keys,
          .values = inputs.values,
          .lengths = inputs.lengths,
          .half_width = half_width,
          .position = weights.position,
          .position_score = weights.position_score};
}

// Of [c_t; h_t] or of their gradients, h_t.
Tensor hidden_part(const Tensor& both) {
  const int64_t units = both.size(1) / 2;
  return both.narrow(1, units, units);
}

// Of the same, c_t.
Tensor context_part(const Tensor& both) { return both.narrow(1, 0, both.size(1) / 2); }

// Of the first layer's W, what is for the symbol, and what is for h~.
Tensor symbol_part(const Tensor& input, int64_t units) {
  return input.narrow(1, 0, input.size(1) - units);
}

Tensor feature_part(const Tensor& input, int64_t units) {
  return input.narrow(1, input.size(1) - units, units);
}

FeedingTrace begin(const FeedingInputs& inputs, const FeedingWeights& weights,
                   const AttendedStates& states) {
  const PackedSteps steps(inputs.active);
  const int64_t layers = inputs.hidden.size(0), units = inputs.hidden.size(2);
  const Tensor none = torch::zeros_like(inputs.hidden[0]);
  FeedingTrace trace{.steps = steps,
                     .layers = {},
                     .attention = begin_attention(states, steps),
                     .both = steps.states_from(torch::cat({none, inputs.hidden[layers - 1]}, 1)),
                     .squashed = inputs.feature_masks.defined()
                                     ? torch::empty({steps.total(), units}, none.options())
                                     : Tensor(),
                     .features = steps.states_from(none)};
  for (int64_t layer = 0; layer < layers; ++layer) {
    const auto& input = weights.layers[static_cast<size_t>(layer)].input;
    trace.layers.push_back({.steps = steps,
                            .gates = layer == 0
                                         ? torch::mm(inputs.embedded, symbol_part(input, units).t())
                                         : torch::zeros({steps.total(), 4 * units}, none.options()),
                            .hidden = layer + 1 == layers ? hidden_part(trace.both)
                                                          : steps.states_from(inputs.hidden[layer]),
                            .cells = steps.states_from(inputs.cell[layer])});
  }
  return trace;
}

// The weights as the steps read them, on the way there or back.
struct PackedLayer {
  PackedWeight below;  // the first layer's: for h~
  PackedWeight own;
};

struct PackedFeeding {
  std::vector<PackedLayer> layers;
  PackedWeight combine;
};

enum class Way : uint8_t { kForward, kBack };

PackedFeeding pack(const FeedingWeights& weights, Way way) {
  const auto packed = [way](const Tensor& weight) {
    return PackedWeight(way == Way::kForward ? weight.t() : weight);
  };
  PackedFeeding all{.layers = {}, .combine = packed(weights.combine)};
  for (const LstmWeights& each : weights.layers) {
    all.layers.push_back(
        {packed(feature_part(each.input, each.state.size(1))), packed(each.state)});
  }
  return all;
}

// The masks of what a layer above the first reads, [P, N].
Tensor masks_of(const FeedingInputs& inputs, size_t layer) {
  return inputs.layer_masks[static_cast<int64_t>(layer) - 1];
}

void step_forward(const FeedingTrace& trace, int64_t t, const FeedingInputs& inputs,
                  const FeedingWeights& weights, const PackedFeeding& packed,
                  const AttendedStates& states) {
  const PackedSteps& steps = trace.steps;
  const auto after = [&](const Tensor& all) { return steps.of(t, steps.after(all)); };
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const LstmTrace& lstm = trace.layers[layer];
    const Tensor gates = steps.of(t, lstm.gates);
    packed.layers[layer].own.add_product(steps.before(t, lstm.hidden), gates);
    if (layer == 0) {
      if (t > 0) packed.layers[0].below.add_product(steps.before(t, trace.features), gates);
    } else {
      Tensor read = after(trace.layers[layer - 1].hidden);
      if (inputs.layer_masks.defined()) read = read * steps.of(t, masks_of(inputs, layer));
      packed.layers[layer].below.add_product(read, gates);
    }
    lstm.forward(t, weights.layers[layer].bias);
  }
  const Tensor both = after(trace.both);
  trace.attention.forward(t, states, hidden_part(both), context_part(both));
  Tensor feature = after(trace.features).zero_();
  packed.combine.add_product(both, feature);
  feature.tanh_();
  if (inputs.feature_masks.defined()) {
    steps.of(t, trace.squashed).copy_(feature);
    feature.mul_(steps.of(t, inputs.feature_masks));
  }
}

FeedingGradients begin_back(const FeedingTrace& trace, const Tensor& of_features) {
  const Tensor none = torch::zeros_like(trace.steps.before(0, trace.features));
  FeedingGradients gradients{.layers = {},
                             .attention = begin_attention_gradients(trace.attention),
                             .both = torch::zeros_like(trace.both),
                             .combined = torch::empty(of_features.sizes(), none.options()),
                             .features = torch::cat({none, of_features})};
  for (const LstmTrace& lstm : trace.layers) {
    gradients.layers.push_back({.steps = trace.steps,
                                .gates = torch::empty_like(lstm.gates),
                                .hidden = torch::zeros_like(lstm.hidden),
                                .cells = torch::zeros_like(lstm.cells)});
  }
  gradients.layers.back().hidden = hidden_part(gradients.both);
  return gradients;
}

void step_back(const FeedingGradients& to, const FeedingTrace& trace, int64_t t,
               const FeedingInputs& inputs, const PackedFeeding& packed,
               const AttendedStates& states) {
  const PackedSteps& steps = trace.steps;
  const auto now = [&](const Tensor& all) { return steps.of(t, all); };
  const auto after = [&](const Tensor& all) { return now(steps.after(all)); };
  Tensor of_squashed = after(to.features);
  if (inputs.feature_masks.defined()) of_squashed.mul_(now(inputs.feature_masks));
  Tensor of_combined = now(to.combined);
  at::tanh_backward_out(of_combined, of_squashed,
                        trace.squashed.defined() ? now(trace.squashed) : after(trace.features));
  const Tensor of_both = after(to.both);
  packed.combine.add_product(of_combined, of_both);
  to.attention.backward(t, states, trace.attention, context_part(of_both), hidden_part(of_both));
  for (size_t layer = trace.layers.size(); layer-- > 0;) {
    const LstmTrace& of = to.layers[layer];
    trace.layers[layer].backward(t, of);
    const Tensor of_gates = now(of.gates);
    packed.layers[layer].own.add_product(of_gates, steps.before(t, of.hidden));
    if (layer == 0) {
      if (t > 0) packed.layers[0].below.add_product(of_gates, steps.before(t, to.features));
      continue;
    }
    Tensor of_below = after(to.layers[layer - 1].hidden);
    if (inputs.layer_masks.defined()) {
      const Tensor of_read = torch::zeros_like(of_below);
      packed.layers[layer].below.add_product(of_gates, of_read);
      of_below.addcmul_(of_read, now(masks_of(inputs, layer)));
    } else {
      packed.layers[layer].below.add_product(of_gates, of_below);
    }
  }
}

// What a layer has read in all steps, its own h last: [P, I + N].
Tensor read_by(size_t layer, const FeedingTrace& trace, const FeedingInputs& inputs) {
  const Tensor rows_before = trace.steps.rows_before();
  const auto before = [&](const Tensor& states) { return states.index_select(0, rows_before); };
  const Tensor own = before(trace.layers[layer].hidden);
  if (layer == 0) return torch::cat({inputs.embedded, before(trace.features), own}, 1);
  const Tensor below = trace.steps.after(trace.layers[layer - 1].hidden);
  const bool masked = inputs.layer_masks.defined();
  return torch::cat({masked ? below * masks_of(inputs, layer) : below, own}, 1);
}

LstmWeights gradients_of_layer(size_t layer, const FeedingGradients& from,
                               const FeedingTrace& trace, const FeedingInputs& inputs) {
  const Tensor& of_gates = from.layers[layer].gates;
  const Tensor of_both = torch::mm(of_gates.t(), read_by(layer, trace, inputs));
  const int64_t units = trace.units(), features = of_both.size(1) - units;
  return {.input = of_both.narrow(1, 0, features),
          .state = of_both.narrow(1, features, units),
          .bias = of_gates.sum(0)};
}

// Of the states of all layers, or their gradients, those at the start: [L, B, N].
Tensor stack_starts(const std::vector<LstmTrace>& layers, Tensor LstmTrace::*states) {
  std::vector<Tensor> starts;
  for (const LstmTrace& layer : layers) starts.push_back(layer.steps.before(0, layer.*states));
  return torch::stack(starts);
}

// Sum over the steps of outer products: weights [P, S], values [B + P, N], of which those after
// each step -> [B, S, N].
Tensor over_steps(const PackedSteps& steps, const Tensor& weights, const Tensor& values) {
  const Tensor step = torch::arange(steps.count()).repeat_interleave(steps.active());
  const Tensor rows = step * steps.batch() + steps.sequences();
  const auto padded = [&](const Tensor& all) {
    return unpack(all, rows, steps.count(), steps.batch());  // [T, B, ...]
  };
  return torch::bmm(padded(weights).permute({1, 2, 0}),
                    padded(steps.after(values)).transpose(0, 1));
}

}  // namespace

FeedingTrace feed_forward(const FeedingInputs& inputs, const FeedingWeights& weights,
                          int64_t half_width) {
  const AttendedStates states = attended(inputs, weights, half_width);
  FeedingTrace trace = begin(inputs, weights, states);
  const PackedFeeding packed = pack(weights, Way::kForward);
  for (int64_t t = 0; t < trace.steps.count(); ++t) {
    step_forward(trace, t, inputs, weights, packed, states);
  }
  return trace;
}

FeedingGradients feed_back(const FeedingTrace& trace, const Tensor& of_features,
                           const FeedingInputs& inputs, const FeedingWeights& weights,
                           int64_t half_width) {
  const AttendedStates states = attended(inputs, weights, half_width);
  FeedingGradients gradients = begin_back(trace, of_features);
  const PackedFeeding packed = pack(weights, Way::kBack);
  for (int64_t t = trace.steps.count() - 1; t >= 0; --t) {
    step_back(gradients, trace, t, inputs, packed, states);
  }
  return gradients;
}

FeedingInputs gradients_of_inputs(const FeedingGradients& from, const FeedingTrace& trace,
                                  const FeedingWeights& weights) {
  const Tensor for_symbols = symbol_part(weights.layers[0].input, trace.units());
  return {.embedded = torch::mm(from.layers[0].gates, for_symbols),
          .hidden = stack_starts(from.layers, &LstmTrace::hidden),
          .cell = stack_starts(from.layers, &LstmTrace::cells),
          .keys = over_steps(trace.steps, from.attention.of_scores, hidden_part(trace.both)),
          .values = over_steps(trace.steps, trace.attention.weights, context_part(from.both)),
          .lengths = {},
          .active = {}};
}

FeedingWeights gradients_of_weights(const FeedingGradients& from, const FeedingTrace& trace,
                                    const FeedingInputs& inputs) {
  const Tensor both = trace.steps.after(trace.both);
  FeedingWeights gradients{.layers = {}, .combine = torch::mm(from.combined.t(), both)};
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    gradients.layers.push_back(gradients_of_layer(layer, from, trace, inputs));
  }
  const Tensor& positions = trace.attention.positions;
  if (positions.defined()) {
    gradients.position = torch::mm(from.attention.of_positions.t(), hidden_part(both));
    gradients.position_score = torch::mv(positions.t(), from.attention.of_centres);
  }
  return gradients;
}

}  // namespace zoo
