#include "zoo/models/lstmn/lstmn.h"

#include <utility>

#include "zoo/models/beam_search/prompted_decoder.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

LstmnState LstmnState::select(const Tensor& rows) const {
  LstmnState chosen;
  for (const auto& tapes : layers) chosen.layers.push_back(tapes.select(rows));
  return chosen;
}

LstmnImpl::LstmnImpl(LstmnOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "Lstmn: ", problem);
  reset();
}

void LstmnImpl::reset() {
  const int64_t units = options.hidden_size;
  embedding_ = register_module("embedding",
                               torch::nn::Embedding(options.vocabulary, options.embedding_size));
  layers_ = register_module("layers", torch::nn::ModuleList());
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    layers_->push_back(
        LstmnLayer(LstmnLayerOptions{.input_size = layer == 0 ? options.embedding_size : units,
                                     .hidden_size = units,
                                     .tape = options.tape,
                                     .previous_summary = options.previous_summary}));
  }
  output = register_module("output", torch::nn::Linear(units, options.vocabulary));
  torch::NoGradGuard no_gradients;
  for (auto& weight : parameters()) weight.uniform_(-options.init_range, options.init_range);
}

Tensor LstmnImpl::drop(const Tensor& values) const {
  return options.dropout > 0 && is_training()
             ? torch::dropout(values, options.dropout, /*train=*/true)
             : values;
}

LstmnState LstmnImpl::initial_state(int64_t batch_size) {
  LstmnState state;
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    state.layers.push_back(layers_->at<LstmnLayerImpl>(layer).empty_tapes(batch_size));
  }
  return state;
}

LstmnImpl::Trace LstmnImpl::trace(const Tensor& tokens, const LstmnState& state) {
  check_tokens("Lstmn", "tokens", tokens, options.vocabulary);
  Trace trace;
  Tensor values = drop(embedding_->forward(tokens.t()));  // [T, B, E]
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    const auto run = layers_->at<LstmnLayerImpl>(layer).forward(
        values, state.layers[static_cast<size_t>(layer)]);
    values = drop(run.hidden);  // [T, B, N]
    trace.state.layers.push_back(run.tapes);
    trace.weights.push_back(run.weights);
    trace.memory = run.memory;
  }
  trace.hidden = values;
  return trace;
}

LstmnRun LstmnImpl::run(const Tensor& tokens, const LstmnState& state) {
  TORCH_CHECK(static_cast<int64_t>(state.layers.size()) == options.layers &&
                  state.layers.front().hidden.size(1) == tokens.size(0),
              "Lstmn: the state must be that of ", options.layers, " layers and ", tokens.size(0),
              " examples, got ", state.layers.size(), " and ",
              state.layers.empty() ? 0 : state.layers.front().hidden.size(1));
  Trace trace = this->trace(tokens, state);
  return {.features = trace.hidden.transpose(0, 1), .state = std::move(trace.state)};
}

Tensor LstmnImpl::features(const Tensor& tokens) {
  return trace(tokens, initial_state(tokens.size(0))).hidden.transpose(0, 1);
}

Tensor LstmnImpl::forward(const Tensor& tokens) { return output->forward(features(tokens)); }

std::unique_ptr<StepDecoder> LstmnImpl::decoder(const Tensor& prompt) {
  return std::make_unique<PromptedDecoder<LstmnImpl>>(*this, prompt);
}

LstmnEncoding LstmnImpl::encode(const Tensor& tokens, const Tensor& lengths) {
  check_sources("Lstmn", tokens, lengths, options.vocabulary);
  const int64_t steps = tokens.size(1);
  const Trace trace = this->trace(tokens, initial_state(tokens.size(0)));
  const Tensor places = length_mask(lengths.to(tokens.device()), steps);  // [B, S]
  const auto shown = [&places](const Tensor& tape) {
    return tape.transpose(0, 1).masked_fill(places.logical_not().unsqueeze(2), 0);
  };
  return {.hidden = shown(trace.hidden), .memory = shown(trace.memory), .places = places};
}

Tensor LstmnImpl::intra_attention(const Tensor& tokens) {
  const auto trace = this->trace(tokens, initial_state(tokens.size(0)));
  return torch::stack(trace.weights).transpose(1, 2);
}

std::vector<AttentionMap> LstmnImpl::attention_maps(const Tensor& tokens) {
  TORCH_CHECK(tokens.dim() == 2 && tokens.size(0) == 1,
              "Lstmn: attention maps are of one text [1, T], got ", tokens.sizes());
  std::vector<AttentionMap> maps;
  for (const Tensor& weights : intra_attention(tokens).unbind(0)) {
    const auto number = std::to_string(maps.size() + 1);
    maps.push_back(
        {.name = "intra-attention" + (options.layers > 1 ? ", layer " + number : std::string()),
         .rows = "step",
         .columns = "place on the tape",
         .values = weights[0]});
  }
  return maps;
}

}  // namespace zoo
