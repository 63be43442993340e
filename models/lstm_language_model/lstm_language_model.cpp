#include "zoo/models/lstm_language_model/lstm_language_model.h"

#include <tuple>
#include <utility>

#include "zoo/models/beam_search/prompted_decoder.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

LstmLanguageModelState LstmLanguageModelState::select(const Tensor& rows) const {
  return {.hidden = hidden.index_select(1, rows), .cell = cell.index_select(1, rows)};
}

LstmLanguageModelImpl::LstmLanguageModelImpl(LstmLanguageModelOptions options)
    : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "LstmLanguageModel: ", problem);
  reset();
}

void LstmLanguageModelImpl::reset() {
  embedding_ = register_module("embedding",
                               torch::nn::Embedding(options.vocabulary, options.embedding_size));
  auto settings = torch::nn::LSTMOptions(options.embedding_size, options.hidden_size)
                      .num_layers(options.layers);
  // Of a single layer there is nothing in between, and LibTorch warns.
  if (options.layers > 1) settings.dropout(options.dropout);
  lstm_ = register_module("lstm", torch::nn::LSTM(settings));
  output = register_module("output", torch::nn::Linear(options.hidden_size, options.vocabulary));
  torch::NoGradGuard no_gradients;
  for (auto& weight : parameters()) weight.uniform_(-options.init_range, options.init_range);
}

Tensor LstmLanguageModelImpl::drop(const Tensor& values) const {
  return options.dropout > 0 && is_training()
             ? torch::dropout(values, options.dropout, /*train=*/true)
             : values;
}

LstmLanguageModelState LstmLanguageModelImpl::initial_state(int64_t batch_size) {
  const auto zero = torch::zeros({options.layers, batch_size, options.hidden_size},
                                 output->weight.options().requires_grad(false));
  return {.hidden = zero, .cell = zero};
}

LstmLanguageModelRun LstmLanguageModelImpl::run(const Tensor& tokens,
                                                const LstmLanguageModelState& state) {
  check_tokens("LstmLanguageModel", "tokens", tokens, options.vocabulary);
  const Tensor embedded = drop(embedding_->forward(tokens.t()));  // [T, B, E]
  const auto [hidden, last] =
      lstm_->forward(embedded, std::make_tuple(state.hidden, state.cell));  // [T, B, H]
  return {.features = drop(hidden).transpose(0, 1),
          .state = {.hidden = std::get<0>(last), .cell = std::get<1>(last)}};
}

Tensor LstmLanguageModelImpl::features(const Tensor& tokens) {
  return run(tokens, initial_state(tokens.size(0))).features;
}

Tensor LstmLanguageModelImpl::forward(const Tensor& tokens) {
  return output->forward(features(tokens));
}

std::unique_ptr<StepDecoder> LstmLanguageModelImpl::decoder(const Tensor& prompt) {
  return std::make_unique<PromptedDecoder<LstmLanguageModelImpl>>(*this, prompt);
}

}  // namespace zoo
