#include "zoo/models/luong/luong.h"

#include <tuple>
#include <utility>
#include <vector>

#include "zoo/models/beam_search/source_decoder.h"
#include "zoo/models/lstm_cell/lstm_stack.h"
#include "zoo/models/luong/feeding_sequence.h"
#include "zoo/models/padded_sequences/padded_sequences.h"
#include "zoo/models/padded_sequences/symbols.h"
#include "zoo/models/vector_math/can_fuse.h"

namespace zoo {

using torch::Tensor;

void LuongMemory::select_state(const Tensor& rows) {
  select_rows({&hidden, &cell}, rows, /*axis=*/1);
  select_rows({&feature}, rows);
}

void LuongMemory::select_source(const Tensor& rows) {
  auto& [values, keys, lengths, places] = source;
  select_rows({&values, &keys, &lengths, &places}, rows);
}

LuongImpl::LuongImpl(LuongOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "Luong: ", problem);
  TORCH_CHECK(attends(this->options.score) ||
                  (!feeds() && std::holds_alternative<GlobalWindowOptions>(this->options.window)),
              "Luong: without attention (score none) input_feeding must be none and window global");
  reset();
}

void LuongImpl::reset() {
  const int64_t embedded = options.embedding_size, units = options.hidden_size;
  const auto lstm = [&](int64_t inputs, bool batch_first) {
    return torch::nn::LSTM(
        torch::nn::LSTMOptions(inputs, units)
            .num_layers(options.layers)
            .batch_first(batch_first)
            .dropout(options.layers > 1 ? options.dropout : 0));  // LibTorch warns of one layer
  };
  const auto linear = [](int64_t from, int64_t to) {
    return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(false));
  };
  const auto embedding = [&](int64_t symbols) { return torch::nn::Embedding(symbols, embedded); };
  source_embedding_ = register_module("source_embedding", embedding(options.source_vocabulary));
  target_embedding_ = register_module("target_embedding", embedding(options.target_vocabulary));
  encoder_ = register_module("encoder", lstm(embedded, true));
  decoder_ = register_module("decoder", lstm(feeds() ? embedded + units : embedded, false));
  if (attends(options.score)) {
    attention_ =
        register_module("attention", Attention(AttentionOptions{.query_size = units,
                                                                .key_size = units,
                                                                .score = options.score,
                                                                .window = options.window}));
    combine_ = register_module("combine", linear(2 * units, units));
  }
  output = register_module("output", linear(units, options.target_vocabulary));
  torch::NoGradGuard no_gradients;
  for (auto& weight : parameters()) weight.uniform_(-options.init_range, options.init_range);
}

Tensor LuongImpl::drop(const Tensor& values) const {
  return options.dropout > 0 && is_training()
             ? torch::dropout(values, options.dropout, /*train=*/true)
             : values;
}

// The states of the top layer [S, B, N] of what the encoder reads [S, B, E], and where it ends.
LstmStackRun LuongImpl::read(const Tensor& embedded, const Tensor& lengths) {
  if (can_fuse(embedded)) return run_lstm_stack(encoder_, embedded, lengths.cpu());
  const auto [states, hidden, cell] = run_padded_stack(encoder_, embedded.transpose(0, 1), lengths);
  return {.outputs = states.transpose(0, 1), .hidden = hidden, .cell = cell};
}

LuongMemory LuongImpl::encode(const Tensor& source, const Tensor& source_lengths) {
  check_sources("Luong", source, source_lengths, options.source_vocabulary);
  const bool reversed = options.source_order == SourceOrder::kReversed;
  const Tensor symbols = reversed ? reverse_padded(source.t(), source_lengths) : source.t();
  const auto [states, hidden, cell] =
      read(drop(source_embedding_->forward(symbols)), source_lengths);
  LuongMemory memory{.hidden = hidden, .cell = cell};
  if (attention_.is_empty()) return memory;
  const Tensor in_order = reversed ? reverse_padded(states, source_lengths) : states;
  memory.source = attention_->prepare(in_order.transpose(0, 1), source_lengths);
  if (feeds()) memory.feature = torch::zeros_like(hidden[0]);
  return memory;
}

// Reads embedded [Q, B, E], with feeding of one step; returns h_t of the top layer, [Q, B, N].
Tensor LuongImpl::advance(LuongMemory& memory, const Tensor& embedded) {
  const Tensor read = feeds() ? torch::cat({embedded, memory.feature.unsqueeze(0)}, 2) : embedded;
  const auto [top, state] = decoder_->forward(read, std::make_tuple(memory.hidden, memory.cell));
  std::tie(memory.hidden, memory.cell) = state;
  return top;
}

// h~_t and a_t of the steps from memory.step on, of h_t hidden [Q, B, N].
LuongImpl::Run LuongImpl::attend(const LuongMemory& memory, const Tensor& hidden) {
  if (attention_.is_empty()) return {.features = drop(hidden)};
  const auto [contexts, weights] =
      attention_->forward(memory.source, hidden.transpose(0, 1), memory.step);
  const Tensor both = torch::cat({contexts.transpose(0, 1), hidden}, 2);  // [c_t; h_t]
  return {.features = drop(torch::tanh(combine_->forward(both))), .attention = weights};
}

LuongStep LuongImpl::step(LuongMemory& memory, const Tensor& previous) {
  const Tensor embedded = drop(target_embedding_->forward(previous));
  const Tensor hidden = advance(memory, embedded.unsqueeze(0));
  const auto [features, weights] = attend(memory, hidden);
  if (feeds()) memory.feature = features[0];
  ++memory.step;
  return {.logits = output->forward(features[0]),
          .attention = weights.defined() ? weights.squeeze(1) : weights};
}

LuongImpl::Run LuongImpl::run(const Tensor& source, const Tensor& source_lengths,
                              const Tensor& target, const Tensor& target_lengths) {
  check_sources("Luong", source, source_lengths, options.source_vocabulary);
  const Tensor lengths = target_lengths.cpu();
  check_targets("Luong", target, lengths, source.size(0), options.target_vocabulary);
  const Tensor previous = shift_right(target, kBegin).t();  // [T, B]
  if (!feeds()) return go_through(encode(source, source_lengths), previous);
  const LongestFirst targets = longest_first(lengths, target.size(1));
  const Tensor rows = packed_rows(targets, Direction::kForward).to(target.device());
  const auto [features, attention] =
      feed(encode(targets.arrange(source), targets.arrange(source_lengths)),
           previous.flatten().index_select(0, rows), PackedSteps(targets.active));
  const auto padded = [&, batch = target.size(0)](const Tensor& all) {
    return unpack(all, rows, target.size(1), batch);
  };
  return {.features = padded(features), .attention = padded(attention).transpose(0, 1)};
}

// Without feeding: all steps of the LSTM at once, then those of attention. previous [T, B].
LuongImpl::Run LuongImpl::go_through(LuongMemory memory, const Tensor& previous) {
  const Tensor hidden = advance(memory, drop(target_embedding_->forward(previous)));
  return attend(memory, hidden);
}

// With it each step waits for the one before. previous [P]; features [P, N], attention [P, S].
LuongImpl::Run LuongImpl::feed(LuongMemory memory, const Tensor& previous,
                               const PackedSteps& steps) {
  const Tensor embedded = drop(target_embedding_->forward(previous));  // [P, E]
  if (can_fuse(embedded) && attention_->score->is_product()) {
    return feed_fused(memory, embedded, steps);
  }
  std::vector<Tensor> features, weights;
  for (const Tensor& each : steps.split(embedded)) {
    if (each.size(0) < memory.feature.size(0)) {
      const Tensor first = torch::arange(each.size(0), previous.options());
      memory.select_state(first);
      memory.select_source(first);
    }
    const Tensor hidden = advance(memory, each.unsqueeze(0));
    const auto [feature, weight] = attend(memory, hidden);
    memory.feature = feature[0];
    ++memory.step;
    features.push_back(memory.feature);
    weights.push_back(weight.squeeze(1));
  }
  return {.features = torch::cat(features), .attention = torch::cat(weights)};
}

LuongImpl::Run LuongImpl::feed_fused(const LuongMemory& memory, const Tensor& embedded,
                                     const PackedSteps& steps) {
  FeedingInputs inputs{.embedded = embedded,
                       .hidden = memory.hidden,
                       .cell = memory.cell,
                       .keys = memory.source.keys,
                       .values = memory.source.values,
                       .lengths = memory.source.lengths,
                       .active = steps.active()};
  if (options.dropout > 0 && is_training()) {
    const Tensor masks =
        drop(torch::ones({options.layers, steps.total(), options.hidden_size}, embedded.options()));
    inputs.layer_masks = masks.narrow(0, 1, options.layers - 1);
    inputs.feature_masks = masks[0];
  }
  FeedingWeights weights{
      .layers = {}, .combine = combine_->weight, .position_score = attention_->position_score};
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    weights.layers.push_back(lstm_weights(decoder_, layer));
  }
  if (!attention_->position.is_empty()) weights.position = attention_->position->weight;
  const auto [features, attention] =
      feeding_sequence(inputs, weights, half_width_of(options.window));
  return {.features = features, .attention = attention};
}

Tensor LuongImpl::features(const Tensor& source, const Tensor& source_lengths, const Tensor& target,
                           const Tensor& target_lengths) {
  return run(source, source_lengths, target, target_lengths).features.transpose(0, 1);
}

Tensor LuongImpl::forward(const Tensor& source, const Tensor& source_lengths,
                          const Tensor& target) {
  return output->forward(features(source, source_lengths, target, full_lengths(target)));
}

Tensor LuongImpl::attention(const Tensor& source, const Tensor& source_lengths,
                            const Tensor& target) {
  return run(source, source_lengths, target, full_lengths(target)).attention;
}

std::unique_ptr<StepDecoder> LuongImpl::decoder(const Tensor& source,
                                                const Tensor& source_lengths) {
  return std::make_unique<SourceDecoder<LuongImpl, LuongMemory>>(
      *this, encode(source, source_lengths), source);
}

}  // namespace zoo
