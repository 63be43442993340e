#include "zoo/models/luong/feeding_sequence.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <vector>

#include "zoo/models/luong/feeding_trace.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

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
    const FeedingTrace trace = feed_forward(inputs, weights, half_width);
    context->save_for_backward(saved_tensors(inputs, weights, trace));
    context->saved_data["half_width"] = half_width;
    context->mark_non_differentiable({trace.attention.weights});
    return {trace.steps.after(trace.features), trace.attention.weights};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "feeding_sequence has no second derivative");
    const Restored saved = restore(context->get_saved_variables());
    const auto& [inputs, weights, trace] = saved;
    const FeedingGradients of =
        feed_back(trace, gradients[0], inputs, weights, context->saved_data["half_width"].toInt());
    const FeedingInputs of_inputs = gradients_of_inputs(of, trace, weights);
    const FeedingWeights of_weights = gradients_of_weights(of, trace, inputs);
    variable_list all = {of_inputs.embedded, of_inputs.hidden, of_inputs.cell,
                         of_inputs.keys,     of_inputs.values, Tensor(),
                         Tensor(),           Tensor(),         Tensor()};
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
