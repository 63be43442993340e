#include "zoo/models/luong/feeding_sequence.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "zoo/models/luong/attention_trace.h"
#include "zoo/models/packed_weight/packed_weight.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What the steps leave behind. Of the states the start comes first, where h~ and c_t are 0.
struct FeedingTrace {
  PackedSteps steps;
  std::vector<LstmTrace> layers;  // the h of the top one is that in `both`
  AttentionTrace attention;
  Tensor both;      // [c_t; h_t]: [B + P, 2 N]
  Tensor squashed;  // h~ before its mask: [P, N]; undefined without masks
  Tensor features;  // h~ as it is read: [B + P, N]

  int64_t units() const { return features.size(1); }
};

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

// Gradients of all steps. Those of a step are complete when all later ones have been gone back
// through.
struct FeedingGradients {
  std::vector<LstmTrace> layers;
  AttentionGradients attention;
  Tensor both;      // [B + P, 2 N]
  Tensor combined;  // of W_c [c_t; h_t]: [P, N]
  Tensor features;  // [B + P, N]
};

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

// What the way back needs, in the order in which `restore` takes it: these, then more of each
// layer.
constexpr size_t kSavedFirst = 16, kSavedOfLayer = 5;

variable_list saved_tensors(const FeedingInputs& inputs, const FeedingWeights& weights,
                            const FeedingTrace& trace) {
  const auto& attention = trace.attention;
  variable_list saved = {inputs.active,          inputs.embedded,   inputs.layer_masks,
                         inputs.feature_masks,   inputs.keys,       inputs.values,
                         inputs.lengths,         weights.combine,   weights.position,
                         weights.position_score, attention.weights, attention.centres,
                         attention.positions,    trace.both,        trace.squashed,
                         trace.features};
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const LstmTrace& lstm = trace.layers[layer];
    saved.insert(saved.end(), {weights.layers[layer].input, weights.layers[layer].state, lstm.gates,
                               lstm.hidden, lstm.cells});
  }
  return saved;
}

struct Restored {
  FeedingInputs inputs;
  FeedingWeights weights;
  FeedingTrace trace;
};

Restored restore(const variable_list& saved) {
  Restored all{.inputs = {.embedded = saved[1],
                          .hidden = {},
                          .cell = {},
                          .keys = saved[4],
                          .values = saved[5],
                          .lengths = saved[6],
                          .active = saved[0],
                          .layer_masks = saved[2],
                          .feature_masks = saved[3]},
               .weights = {.layers = {},
                           .combine = saved[7],
                           .position = saved[8],
                           .position_score = saved[9]},
               .trace = {.steps = PackedSteps(saved[0]),
                         .layers = {},
                         .attention = {PackedSteps(saved[0]), saved[10], saved[11], saved[12]},
                         .both = saved[13],
                         .squashed = saved[14],
                         .features = saved[15]}};
  for (size_t at = kSavedFirst; at < saved.size(); at += kSavedOfLayer) {
    all.weights.layers.push_back({.input = saved[at], .state = saved[at + 1], .bias = {}});
    all.trace.layers.push_back({.steps = all.trace.steps,
                                .gates = saved[at + 2],
                                .hidden = saved[at + 3],
                                .cells = saved[at + 4]});
  }
  return all;
}

// As LibTorch's nodes take them, one tensor after the other.
variable_list flat(const std::vector<LstmWeights>& layers) {
  variable_list all;
  for (const auto& [input, state, bias] : layers) all.insert(all.end(), {input, state, bias});
  return all;
}

std::vector<LstmWeights> layers_of(torch::TensorList flat) {
  std::vector<LstmWeights> layers;
  for (size_t at = 0; at < flat.size(); at += 3) {
    layers.push_back({.input = flat[at], .state = flat[at + 1], .bias = flat[at + 2]});
  }
  return layers;
}

AttendedStates attended(const FeedingInputs& inputs, const FeedingWeights& weights,
                        int64_t half_width) {
  return {.keys = inputs.keys,
          .values = inputs.values,
          .lengths = inputs.lengths,
          .half_width = half_width,
          .position = weights.position,
          .position_score = weights.position_score};
}

// LibTorch's nodes take no undefined tensors.
using Maybe = std::optional<Tensor>;

Maybe if_defined(const Tensor& tensor) { return tensor.defined() ? Maybe(tensor) : Maybe(); }

Tensor or_undefined(const Maybe& tensor) { return tensor.value_or(Tensor()); }

class FeedingSequence : public torch::autograd::Function<FeedingSequence> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& embedded,
                               const Tensor& hidden, const Tensor& cell, const Tensor& keys,
                               const Tensor& values, const Tensor& lengths, const Tensor& active,
                               const Maybe& layer_masks, const Maybe& feature_masks,
                               torch::TensorList layers, const Tensor& combine,
                               const Maybe& position, const Maybe& position_score,
                               int64_t half_width) {
    const FeedingInputs inputs{.embedded = embedded,
                               .hidden = hidden,
                               .cell = cell,
                               .keys = keys,
                               .values = values,
                               .lengths = lengths,
                               .active = active,
                               .layer_masks = or_undefined(layer_masks),
                               .feature_masks = or_undefined(feature_masks)};
    const FeedingWeights weights{.layers = layers_of(layers),
                                 .combine = combine,
                                 .position = or_undefined(position),
                                 .position_score = or_undefined(position_score)};
    const AttendedStates states = attended(inputs, weights, half_width);
    const FeedingTrace trace = begin(inputs, weights, states);
    const PackedFeeding packed = pack(weights, Way::kForward);
    for (int64_t t = 0; t < trace.steps.count(); ++t) {
      step_forward(trace, t, inputs, weights, packed, states);
    }
    context->save_for_backward(saved_tensors(inputs, weights, trace));
    context->saved_data["half_width"] = half_width;
    context->mark_non_differentiable({trace.attention.weights});
    return {trace.steps.after(trace.features), trace.attention.weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "feeding_sequence has no second derivative");
    const Restored saved = restore(context->get_saved_variables());
    const auto& [inputs, weights, trace] = saved;
    const AttendedStates states =
        attended(inputs, weights, context->saved_data["half_width"].toInt());
    const FeedingGradients of = begin_back(trace, gradients[0]);
    const PackedFeeding packed = pack(weights, Way::kBack);
    for (int64_t t = trace.steps.count() - 1; t >= 0; --t) {
      step_back(of, trace, t, inputs, packed, states);
    }
    const FeedingWeights of_weights = gradients_of_weights(of, trace, inputs);
    variable_list all = {
        torch::mm(of.layers[0].gates, symbol_part(weights.layers[0].input, trace.units())),
        stack_starts(of.layers, &LstmTrace::hidden),
        stack_starts(of.layers, &LstmTrace::cells),
        over_steps(trace.steps, of.attention.of_scores, hidden_part(trace.both)),
        over_steps(trace.steps, trace.attention.weights, context_part(of.both)),
        Tensor(),
        Tensor(),
        Tensor(),
        Tensor()};
    const variable_list of_layers = flat(of_weights.layers);
    all.insert(all.end(), of_layers.begin(), of_layers.end());
    all.insert(all.end(),
               {of_weights.combine, of_weights.position, of_weights.position_score, Tensor()});
    return all;
  }
};

}  // namespace

FeedingOutputs feeding_sequence(const FeedingInputs& inputs, const FeedingWeights& weights,
                                int64_t half_width) {
  const auto rows = [](const Tensor& each) {
    return each.stride(2) == 1 ? each : each.contiguous();
  };
  const variable_list layers = flat(weights.layers);
  const auto outputs = FeedingSequence::apply(
      inputs.embedded, inputs.hidden, inputs.cell, rows(inputs.keys), rows(inputs.values),
      inputs.lengths, inputs.active, if_defined(inputs.layer_masks),
      if_defined(inputs.feature_masks), torch::TensorList(layers), weights.combine,
      if_defined(weights.position), if_defined(weights.position_score), half_width);
  return {.features = outputs[0], .attention = outputs[1]};
}

}  // namespace zoo
