#include "zoo/models/luong/feeding_sequence.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <vector>

#include "zoo/models/lstm_cell/lstm_sequence.h"
#include "zoo/models/luong/attention_trace.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What the steps leave behind.
struct FeedingTrace {
  std::vector<LstmTrace> layers;
  AttentionTrace attention;
  Tensor both;      // [c_t; h_t]: [P, 2 N]
  Tensor squashed;  // h~ before its mask: [P, N]; undefined without masks
  Tensor features;  // h~ of each step as it is read: [P, N]

  const PackedSteps& steps() const { return layers[0].steps; }
  int64_t units() const { return layers[0].units(); }
};

// The first layer reads the h~ of the step before.
FeedingTrace begin(const FeedingInputs& inputs, const AttendedStates& states) {
  const PackedSteps steps(inputs.active);
  const int64_t units = inputs.hidden.size(2);
  const auto empty = [&](int64_t columns) {
    return torch::empty({steps.total(), columns}, inputs.hidden.options());
  };
  FeedingTrace trace{.layers = {},
                     .attention = begin_attention(states, steps),
                     .both = empty(2 * units),
                     .squashed = inputs.feature_masks.defined() ? empty(units) : Tensor(),
                     .features = empty(units)};
  for (int64_t layer = 0; layer < inputs.hidden.size(0); ++layer) {
    const Tensor added =
        layer == 0 ? inputs.projected
                   : torch::zeros({1}, inputs.hidden.options()).expand_as(inputs.projected);
    trace.layers.push_back(
        begin_trace(steps, units, added, inputs.hidden[layer], inputs.cell[layer]));
  }
  steps.of(0, trace.layers[0].inputs()).zero_();
  return trace;
}

// The masks of what a layer above the first reads.
Tensor masks_of(const FeedingInputs& inputs, size_t layer) {
  return inputs.layer_masks[static_cast<int64_t>(layer) - 1];
}

void step_forward(const FeedingTrace& trace, int64_t t, const FeedingInputs& inputs,
                  const FeedingWeights& weights, const AttendedStates& states) {
  const int64_t units = trace.units();
  const auto now = [&](const Tensor& all) { return trace.steps().of(t, all); };
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const LstmTrace& lstm = trace.layers[layer];
    if (layer > 0) {
      Tensor read = now(lstm.inputs());
      read.copy_(now(trace.layers[layer - 1].hidden));
      if (inputs.layer_masks.defined()) read.mul_(now(masks_of(inputs, layer)));
    }
    const auto at = static_cast<int64_t>(layer);
    lstm.forward(t, {weights.layers[at], weights.biases[at]});
  }
  const Tensor both = now(trace.both), top = both.narrow(1, units, units);
  top.copy_(now(trace.layers.back().hidden));
  trace.attention.forward(t, states, top, both.narrow(1, 0, units));
  Tensor feature = now(trace.features);
  torch::mm_out(feature, both, weights.combine.t()).tanh_();
  if (inputs.feature_masks.defined()) {
    now(trace.squashed).copy_(feature);
    feature.mul_(now(inputs.feature_masks));
  }
  if (t + 1 == trace.steps().count()) return;
  const Tensor fed = trace.steps().of(t + 1, trace.layers[0].inputs());
  fed.copy_(feature.narrow(0, 0, fed.size(0)));
}

// What all steps leave behind on the way back, and what goes from one to the one before: 0 for
// those who have no later one.
struct FeedingGradients {
  std::vector<Tensor> of_gates;  // of each layer: [P, 4 N]
  std::vector<Tensor> of_cell;   // of each layer: [B, N]
  std::vector<Tensor> of_own;    // of each layer's h by its own next step: [B, N]
  AttentionGradients attention;
  Tensor of_both;      // [P, 2 N]
  Tensor of_combined;  // of W_c [c_t; h_t]: [P, N]
  Tensor of_fed;       // of h~_t by the next step: [B, N]
};

FeedingGradients begin_back(const FeedingTrace& trace) {
  const Tensor none = torch::zeros({trace.steps().batch(), trace.units()}, trace.both.options());
  FeedingGradients gradients{.of_gates = {},
                             .of_cell = {},
                             .of_own = {},
                             .attention = begin_attention_gradients(trace.attention),
                             .of_both = torch::empty_like(trace.both),
                             .of_combined = torch::empty_like(trace.features),
                             .of_fed = none};
  for (const LstmTrace& lstm : trace.layers) {
    gradients.of_gates.push_back(torch::empty_like(lstm.gates));
    gradients.of_cell.push_back(none.clone());
    gradients.of_own.push_back(none.clone());
  }
  return gradients;
}

void step_back(const FeedingGradients& to, const FeedingTrace& trace, int64_t t,
               const Tensor& of_features, const FeedingInputs& inputs,
               const FeedingWeights& weights, const AttendedStates& states) {
  const PackedSteps& steps = trace.steps();
  const int64_t units = trace.units();
  const auto now = [&](const Tensor& all) { return steps.of(t, all); };
  const auto first_rows = [&](const Tensor& all) { return all.narrow(0, 0, steps.rows(t)); };
  Tensor of_squashed = now(of_features) + first_rows(to.of_fed);
  if (inputs.feature_masks.defined()) of_squashed.mul_(now(inputs.feature_masks));
  Tensor of_combined = now(to.of_combined), of_both = now(to.of_both);
  at::tanh_backward_out(of_combined, of_squashed,
                        now(trace.squashed.defined() ? trace.squashed : trace.features));
  torch::mm_out(of_both, of_combined, weights.combine);
  Tensor of_hidden = torch::empty_like(of_combined);  // of what the layer has given
  to.attention.backward(t, states, trace.attention, of_both.narrow(1, 0, units), of_hidden);
  of_hidden += of_both.narrow(1, units, units);
  for (size_t layer = trace.layers.size(); layer-- > 0;) {
    const Tensor of_gates = now(to.of_gates[layer]), of_own = first_rows(to.of_own[layer]);
    of_hidden += of_own;
    trace.layers[layer].backward(t, of_hidden, to.of_cell[layer], of_gates);
    const Tensor of_read = torch::mm(of_gates, weights.layers[static_cast<int64_t>(layer)]);
    const Tensor of_inputs = of_read.narrow(1, 0, units);
    of_own.copy_(of_read.narrow(1, units, units));
    if (layer == 0) {
      first_rows(to.of_fed).copy_(of_inputs);
    } else {
      of_hidden = of_inputs.contiguous();
      if (inputs.layer_masks.defined()) of_hidden.mul_(now(masks_of(inputs, layer)));
    }
  }
}

FeedingWeights gradients_of_weights(const FeedingGradients& from, const FeedingTrace& trace) {
  std::vector<Tensor> layers, biases;
  for (size_t layer = 0; layer < trace.layers.size(); ++layer) {
    const Tensor& of_gates = from.of_gates[layer];
    layers.push_back(torch::mm(of_gates.t(), trace.layers[layer].read));
    biases.push_back(of_gates.sum(0));
  }
  FeedingWeights gradients{.layers = torch::stack(layers),
                           .biases = torch::stack(biases),
                           .combine = torch::mm(from.of_combined.t(), trace.both)};
  const auto& [steps, weights, centres, positions] = trace.attention;
  if (positions.defined()) {
    const Tensor tops = trace.both.narrow(1, trace.units(), trace.units());
    gradients.position = torch::mm(from.attention.of_positions.t(), tops);
    gradients.position_score = torch::mv(positions.t(), from.attention.of_centres);
  }
  return gradients;
}

// Sum over the steps of outer products: weights [P, S], values [P, N] -> [B, S, N].
Tensor over_steps(const PackedSteps& steps, const Tensor& weights, const Tensor& values) {
  const Tensor step = torch::arange(steps.count()).repeat_interleave(steps.active());
  const Tensor rows = step * steps.batch() + steps.sequences();
  const auto padded = [&](const Tensor& all) {
    return unpack(all, rows, steps.count(), steps.batch());  // [T, B, ...]
  };
  return torch::bmm(padded(weights).permute({1, 2, 0}), padded(values).transpose(0, 1));
}

// LibTorch's nodes take no undefined tensors.
using Maybe = std::optional<Tensor>;

Maybe if_defined(const Tensor& tensor) { return tensor.defined() ? Maybe(tensor) : Maybe(); }

Tensor or_undefined(const Maybe& tensor) { return tensor.value_or(Tensor()); }

// What the way back needs, in the order in which `backward` takes it; of each layer three more.
variable_list saved_tensors(const FeedingInputs& inputs, const FeedingWeights& weights,
                            const FeedingTrace& trace) {
  const auto& attention = trace.attention;
  variable_list saved = {inputs.keys,         inputs.values,
                         inputs.lengths,      inputs.active,
                         inputs.layer_masks,  inputs.feature_masks,
                         weights.layers,      weights.combine,
                         weights.position,    weights.position_score,
                         attention.weights,   attention.centres,
                         attention.positions, trace.both,
                         trace.squashed,      trace.features};
  for (const LstmTrace& lstm : trace.layers) {
    saved.insert(saved.end(), {lstm.read, lstm.gates, lstm.cells});
  }
  return saved;
}

class FeedingSequence : public torch::autograd::Function<FeedingSequence> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& projected,
                               const Tensor& hidden, const Tensor& cell, const Tensor& keys,
                               const Tensor& values, const Tensor& lengths, const Tensor& active,
                               const Maybe& layer_masks, const Maybe& feature_masks,
                               const Tensor& layers, const Tensor& biases, const Tensor& combine,
                               const Maybe& position, const Maybe& position_score,
                               int64_t half_width) {
    const FeedingInputs inputs{projected,
                               hidden,
                               cell,
                               keys,
                               values,
                               lengths,
                               active,
                               or_undefined(layer_masks),
                               or_undefined(feature_masks)};
    const FeedingWeights weights{layers, biases, combine, or_undefined(position),
                                 or_undefined(position_score)};
    const AttendedStates states{keys,       values,           lengths,
                                half_width, weights.position, weights.position_score};
    const FeedingTrace trace = begin(inputs, states);
    for (int64_t t = 0; t < trace.steps().count(); ++t) {
      step_forward(trace, t, inputs, weights, states);
    }
    context->save_for_backward(saved_tensors(inputs, weights, trace));
    context->saved_data["half_width"] = half_width;
    context->mark_non_differentiable({trace.attention.weights});
    return {trace.features, trace.attention.weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "feeding_sequence has no second derivative");
    const auto saved = context->get_saved_variables();
    const FeedingInputs inputs{{},       {},       {},       saved[0], saved[1],
                               saved[2], saved[3], saved[4], saved[5]};
    const FeedingWeights weights{saved[6], {}, saved[7], saved[8], saved[9]};
    const AttendedStates states{saved[0], saved[1],
                                saved[2], context->saved_data["half_width"].toInt(),
                                saved[8], saved[9]};
    const PackedSteps steps(inputs.active);
    FeedingTrace trace{
        {}, {steps, saved[10], saved[11], saved[12]}, saved[13], saved[14], saved[15]};
    for (size_t i = 16; i < saved.size(); i += 3) {
      trace.layers.push_back({steps, saved[i], saved[i + 1], Tensor(), saved[i + 2]});
    }
    const FeedingGradients back = begin_back(trace);
    for (int64_t t = steps.count() - 1; t >= 0; --t) {
      step_back(back, trace, t, gradients[0], inputs, weights, states);
    }
    const FeedingWeights of_weights = gradients_of_weights(back, trace);
    const int64_t units = trace.units();
    const Tensor tops = trace.both.narrow(1, units, units);
    const Tensor of_contexts = back.of_both.narrow(1, 0, units);
    return {back.of_gates[0],
            torch::stack(back.of_own),
            torch::stack(back.of_cell),
            over_steps(steps, back.attention.of_scores, tops),
            over_steps(steps, trace.attention.weights, of_contexts),
            Tensor(),
            Tensor(),
            Tensor(),
            Tensor(),
            of_weights.layers,
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
      inputs.projected, inputs.hidden, inputs.cell, rows(inputs.keys), rows(inputs.values),
      inputs.lengths, inputs.active, if_defined(inputs.layer_masks),
      if_defined(inputs.feature_masks), weights.layers, weights.biases, weights.combine,
      if_defined(weights.position), if_defined(weights.position_score), half_width);
  return {.features = outputs[0], .attention = outputs[1]};
}

}  // namespace zoo
