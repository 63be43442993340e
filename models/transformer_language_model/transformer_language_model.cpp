#include "zoo/models/transformer_language_model/transformer_language_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "zoo/models/beam_search/prompted_decoder.h"
#include "zoo/models/padded_sequences/padded_sequences.h"
#include "zoo/models/transformer_layers/attention_maps.h"
#include "zoo/models/transformer_layers/positions.h"
#include "zoo/models/transformer_layers/tied_output.h"

namespace zoo {
namespace {

using torch::Tensor;

TransformerLayerOptions layer_options(const TransformerLanguageModelOptions& options) {
  const int64_t share = options.model_size / options.heads;
  const int64_t inner = options.feed_forward_size;
  return {.attention = {.model_size = options.model_size,
                        .heads = options.heads,
                        .key_size = share,
                        .value_size = share,
                        .biases = true,
                        .dropout = options.dropout},
          .feed_forward_size = inner > 0 ? inner : 4 * options.model_size,
          .activation = options.activation,
          .norm = NormPlacement::kPre,
          .dropout = options.dropout};
}

}  // namespace

TransformerLanguageModelState TransformerLanguageModelState::select(const Tensor& rows) const {
  TransformerLanguageModelState selected = *this;
  for (auto& layer : selected.past) layer.select(rows);
  selected.tokens = tokens.index_select(0, rows);
  return selected;
}

TransformerLanguageModelImpl::TransformerLanguageModelImpl(TransformerLanguageModelOptions options)
    : options(options) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "TransformerLanguageModel: ", problem);
  TORCH_CHECK(options.model_size % options.heads == 0,
              "TransformerLanguageModel: heads must divide model_size, got ", options.heads,
              " heads and ", options.model_size, " features");
  reset();
}

void TransformerLanguageModelImpl::reset() {
  const int64_t size = options.model_size;
  embedding_ = register_module("embedding", torch::nn::Embedding(options.vocabulary, size));
  positions_ = register_module("positions", torch::nn::Embedding(options.context, size));
  stack_ = TransformerStack(layer_options(options), options.layers);
  register_module("layers", stack_->layers);
  register_module("norm", stack_->norm);
  output = tied_output(embedding_);
  start_weights();
}

std::shared_ptr<torch::nn::Module> TransformerLanguageModelImpl::clone(
    const std::optional<torch::Device>& device) const {
  auto copy = Cloneable::clone(device);
  auto& model = *copy->as<TransformerLanguageModelImpl>();
  model.output = tied_output(model.embedding_);
  return copy;
}

void TransformerLanguageModelImpl::start_weights() {
  const double added = 0.02 / std::sqrt(2.0 * static_cast<double>(options.layers));
  torch::NoGradGuard no_gradients;
  for (auto& item : named_parameters()) {
    const std::string& name = item.key();
    if (name.ends_with("bias")) {
      item.value().zero_();
    } else if (name.ends_with("merge.weight") || name.ends_with("second.weight")) {
      item.value().normal_(0, added);
    } else if (item.value().dim() == 2) {
      item.value().normal_(0, 0.02);
    }
  }
}

// Of tokens [B, T] that stand at the places from `first` on.
Tensor TransformerLanguageModelImpl::read(const Tensor& tokens, int64_t first,
                                          std::vector<KeysAndValues>* past, SeenWeights* seen) {
  check_tokens("TransformerLanguageModel", "tokens", tokens, options.vocabulary);
  const Tensor places =
      learned_positions("TransformerLanguageModel", positions_->weight, first, tokens.size(1));
  const Tensor states =
      torch::dropout(embedding_->forward(tokens) + places, options.dropout, is_training());
  return stack_->forward(states, {.allowed = {.causal = true}}, /*memory=*/{}, past, seen);
}

Tensor TransformerLanguageModelImpl::features(const Tensor& tokens) {
  return read(tokens, /*first=*/0, nullptr, nullptr);
}

Tensor TransformerLanguageModelImpl::forward(const Tensor& tokens) {
  return output->forward(features(tokens));
}

TransformerLanguageModelState TransformerLanguageModelImpl::initial_state(int64_t batch_size) {
  return {
      .past = std::vector<KeysAndValues>(static_cast<size_t>(options.layers)),
      .tokens = torch::empty(
          {batch_size, 0}, embedding_->weight.options().dtype(torch::kLong).requires_grad(false))};
}

TransformerLanguageModelRun TransformerLanguageModelImpl::run(
    const Tensor& tokens, const TransformerLanguageModelState& state) {
  const int64_t known = state.tokens.size(1), count = tokens.size(1);
  const Tensor all = torch::cat({state.tokens, tokens}, 1);
  if (known > 0 && known + count > options.context) {
    // Absolute positions: what was kept of these symbols elsewhere is of no use.
    const int64_t kept = std::max(count, options.context / 2);
    auto again = run(all.narrow(1, known + count - kept, kept), initial_state(tokens.size(0)));
    again.features = again.features.narrow(1, kept - count, count);
    return again;
  }
  TransformerLanguageModelRun run{.features = {}, .state = {.past = state.past, .tokens = all}};
  run.features = read(tokens, known, &run.state.past, nullptr);
  return run;
}

std::unique_ptr<StepDecoder> TransformerLanguageModelImpl::decoder(const Tensor& prompt) {
  const int64_t seen = std::min(prompt.size(-1), options.context);
  return std::make_unique<PromptedDecoder<TransformerLanguageModelImpl>>(
      *this, prompt.narrow(-1, prompt.size(-1) - seen, seen));
}

Tensor TransformerLanguageModelImpl::attention_weights(const Tensor& tokens) {
  SeenWeights seen;
  read(tokens, /*first=*/0, nullptr, &seen);
  return torch::stack(seen);
}

std::vector<AttentionMap> TransformerLanguageModelImpl::attention_maps(const Tensor& tokens) {
  std::vector<AttentionMap> maps;
  append_head_maps(maps,
                   {.name = "attention", .rows = "symbol", .columns = "looked at", .values = {}},
                   attention_weights(tokens));
  return maps;
}

}  // namespace zoo
