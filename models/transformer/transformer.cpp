#include "zoo/models/transformer/transformer.h"

#include <torch/nn/init.h>

#include <cmath>
#include <string>
#include <utility>

#include "zoo/models/beam_search/source_decoder.h"
#include "zoo/models/padded_sequences/padded_sequences.h"
#include "zoo/models/padded_sequences/symbols.h"
#include "zoo/models/transformer_layers/attention_maps.h"
#include "zoo/models/transformer_layers/positions.h"
#include "zoo/models/transformer_layers/tied_output.h"

namespace zoo {
namespace {

using torch::Tensor;

std::string problem_between(const TransformerOptions& options) {
  const auto number = [](int64_t value) { return std::to_string(value); };
  if ((options.key_size == 0 || options.value_size == 0) && options.model_size % options.heads) {
    return "heads must divide model_size, got " + number(options.heads) + " heads and " +
           number(options.model_size) + " features; or state key_size and value_size";
  }
  if (options.positions == PositionEncoding::kLearned && options.max_length == 0) {
    return "learned positions need max_length";
  }
  if (options.tying == EmbeddingTying::kAll &&
      options.source_vocabulary != options.target_vocabulary) {
    return "tying all needs one vocabulary for both languages, got " +
           number(options.source_vocabulary) + " and " + number(options.target_vocabulary) +
           " symbols; tying output does not";
  }
  return {};
}

TransformerLayerOptions layer_options(const TransformerOptions& options, bool crosses) {
  const int64_t share = options.model_size / options.heads;
  return {.attention = {.model_size = options.model_size,
                        .heads = options.heads,
                        .key_size = options.key_size > 0 ? options.key_size : share,
                        .value_size = options.value_size > 0 ? options.value_size : share},
          .feed_forward_size = options.feed_forward_size,
          .norm = options.norm,
          .dropout = options.dropout,
          .crosses = crosses};
}

// Without padding there is nothing to hide, which is faster.
Sequences sources_of(const Tensor& lengths, const Tensor& source) {
  const Tensor there = length_mask(lengths.cpu(), source.size(1));
  const Padding padding(there, source.device());
  if (padding.none()) return {};
  const Tensor mask = there.to(source.device()).unsqueeze(1).unsqueeze(1);  // [B, 1, 1, S]
  return {.allowed = {.mask = mask}, .padding = padding};
}

}  // namespace

void TransformerMemory::select_state(const Tensor& rows) {
  for (auto& layer : past) layer.select(rows);
}

void TransformerMemory::select_source(const Tensor& rows) {
  for (auto& layer : source) {
    layer.source.select(rows);
    select_rows({&layer.allowed.mask}, rows);
  }
}

TransformerImpl::TransformerImpl(TransformerOptions options) : options(std::move(options)) {
  auto problem = problem_with(this->options);
  if (problem.empty()) problem = problem_between(this->options);
  TORCH_CHECK(problem.empty(), "Transformer: ", problem);
  reset();
}

void TransformerImpl::reset_embeddings() {
  const int64_t size = options.model_size;
  const auto table = [&](const std::string& name, int64_t rows) {
    auto made = register_module(name, torch::nn::Embedding(rows, size));
    torch::NoGradGuard no_gradients;
    made->weight.normal_(0, 1 / std::sqrt(static_cast<double>(size)));
    return made;
  };
  source_embedding_ = table("source_embedding", options.source_vocabulary);
  target_embedding_ = options.tying == EmbeddingTying::kAll
                          ? source_embedding_
                          : table("target_embedding", options.target_vocabulary);
  if (options.positions != PositionEncoding::kLearned) return;
  source_positions_ = table("source_positions", options.max_length);
  target_positions_ = table("target_positions", options.max_length);
}

void TransformerImpl::reset() {
  reset_embeddings();
  encoder_ = register_module(
      "encoder", TransformerStack(layer_options(options, /*crosses=*/false), options.layers));
  decoder_ = register_module(
      "decoder", TransformerStack(layer_options(options, /*crosses=*/true), options.layers));
  if (options.tying != EmbeddingTying::kNone) {
    output = tied_output(target_embedding_);
    return;
  }
  output = register_module(
      "output",
      torch::nn::Linear(
          torch::nn::LinearOptions(options.model_size, options.target_vocabulary).bias(false)));
  torch::nn::init::xavier_uniform_(output->weight);
}

std::shared_ptr<torch::nn::Module> TransformerImpl::clone(
    const std::optional<torch::Device>& device) const {
  auto copy = Cloneable::clone(device);
  auto& model = *copy->as<TransformerImpl>();
  if (options.tying != EmbeddingTying::kNone) model.output = tied_output(model.target_embedding_);
  return copy;
}

// Section 3.4 and 3.5: E x sqrt(M) + PE of symbols [B, T] at the places from `first` on.
Tensor TransformerImpl::embed(torch::nn::Embedding& table, const Tensor& symbols,
                              const torch::nn::Embedding& positions, int64_t first) {
  const int64_t count = symbols.size(1), size = options.model_size;
  const Tensor embedded = table->forward(symbols) * std::sqrt(static_cast<double>(size));
  const Tensor places = positions.is_empty()
                            ? sinusoids(first, count, size, embedded)
                            : learned_positions("Transformer", positions->weight, first, count);
  return torch::dropout(embedded + places, options.dropout, is_training());
}

TransformerMemory TransformerImpl::encode(const Tensor& source, const Tensor& source_lengths,
                                          SeenWeights* seen) {
  check_sources("Transformer", source, source_lengths, options.source_vocabulary);
  const Sequences sources = sources_of(source_lengths, source);
  const Tensor embedded = embed(source_embedding_, source, source_positions_, /*first=*/0);
  const Tensor states = encoder_->forward(sources.padding.strip(embedded), sources,
                                          /*memory=*/{}, /*past=*/nullptr, seen);
  return {.past = std::vector<KeysAndValues>(static_cast<size_t>(options.layers)),
          .source = decoder_->project(states, sources)};
}

Tensor TransformerImpl::run(const Tensor& source, const Tensor& source_lengths,
                            const Tensor& target, const Tensor& target_lengths,
                            SeenWeights* encoder, SeenWeights* decoder) {
  const TransformerMemory memory = encode(source, source_lengths, encoder);
  const Tensor lengths = target_lengths.cpu();
  check_targets("Transformer", target, lengths, source.size(0), options.target_vocabulary);
  const Tensor embedded =
      embed(target_embedding_, shift_right(target, kBegin), target_positions_, /*first=*/0);
  Sequences targets;
  targets.allowed.causal = true;
  targets.padding = Padding(length_mask(lengths, target.size(1)), target.device());
  const Tensor states = decoder_->forward(targets.padding.strip(embedded), targets, memory.source,
                                          /*past=*/nullptr, decoder);
  return targets.padding.restore(states);
}

Tensor TransformerImpl::features(const Tensor& source, const Tensor& source_lengths,
                                 const Tensor& target, const Tensor& target_lengths) {
  return run(source, source_lengths, target, target_lengths, nullptr, nullptr);
}

Tensor TransformerImpl::forward(const Tensor& source, const Tensor& source_lengths,
                                const Tensor& target) {
  return output->forward(features(source, source_lengths, target, full_lengths(target)));
}

TransformerWeights TransformerImpl::attention_weights(const Tensor& source,
                                                      const Tensor& source_lengths,
                                                      const Tensor& target) {
  SeenWeights encoder, decoder, own, cross;
  run(source, source_lengths, target, full_lengths(target), &encoder, &decoder);
  for (size_t i = 0; i < decoder.size(); i += 2) {
    own.push_back(decoder[i]);
    cross.push_back(decoder[i + 1]);
  }
  const Tensor padding =
      length_mask(source_lengths.to(source.device()), source.size(1)).logical_not();  // [B, S]
  const Tensor rows = padding.unsqueeze(1).unsqueeze(3);
  return {.encoder = torch::stack(encoder).masked_fill(rows, 0),
          .decoder = torch::stack(own),
          .cross = torch::stack(cross)};
}

Tensor TransformerImpl::attention(const Tensor& source, const Tensor& source_lengths,
                                  const Tensor& target) {
  SeenWeights decoder;
  run(source, source_lengths, target, full_lengths(target), nullptr, &decoder);
  return decoder.back().mean(1);
}

std::vector<AttentionMap> TransformerImpl::attention_maps(const Tensor& source,
                                                          const Tensor& source_lengths,
                                                          const Tensor& target) {
  const auto weights = attention_weights(source, source_lengths, target);
  std::vector<AttentionMap> maps;
  append_head_maps(
      maps,
      {.name = "attention to the source", .rows = "translation", .columns = "source", .values = {}},
      weights.cross);
  append_head_maps(
      maps,
      {.name = "attention of the encoder", .rows = "source", .columns = "source", .values = {}},
      weights.encoder);
  append_head_maps(maps,
                   {.name = "attention of the decoder to itself",
                    .rows = "translation",
                    .columns = "read before",
                    .values = {}},
                   weights.decoder);
  return maps;
}

TransformerStep TransformerImpl::step(TransformerMemory& memory, const Tensor& previous) {
  check_symbols("Transformer", previous.unsqueeze(-1), memory.source.front().source.keys.size(0),
                torch::tensor(options.target_vocabulary - 1));
  const Tensor embedded =
      embed(target_embedding_, previous.unsqueeze(1), target_positions_, memory.step);
  const Tensor features =
      decoder_->forward(embedded, {.allowed = {.causal = true}}, memory.source, &memory.past);
  ++memory.step;
  return {.logits = output->forward(features.squeeze(1))};
}

std::unique_ptr<StepDecoder> TransformerImpl::decoder(const Tensor& source,
                                                      const Tensor& source_lengths) {
  return std::make_unique<SourceDecoder<TransformerImpl, TransformerMemory>>(
      *this, encode(source, source_lengths), source);
}

}  // namespace zoo
