#include "zoo/models/seq2seq/seq2seq.h"

#include <tuple>
#include <utility>

#include "zoo/models/attention/masked_softmax.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

namespace {

class SymbolDecoder final : public StepDecoder {
 public:
  SymbolDecoder(Seq2seqImpl& model, Seq2seqMemory memory)
      : model_(model), memory_(std::move(memory)) {}

  Tensor next(const Tensor& previous) override {
    const Tensor start =
        torch::zeros(memory_.hidden.size(0), memory_.hidden.options().dtype(torch::kLong));
    const auto step = model_.step(memory_, previous.defined() ? previous : start);
    return torch::log_softmax(step.logits, -1);
  }

  void select(const Tensor& rows) override {
    for (Tensor* each : {&memory_.hidden, &memory_.cell, &memory_.encoded, &memory_.keys,
                         &memory_.places, &memory_.context}) {
      if (each->defined()) *each = each->index_select(0, rows);
    }
  }

 private:
  Seq2seqImpl& model_;
  Seq2seqMemory memory_;
};

}  // namespace

Seq2seqImpl::Seq2seqImpl(Seq2seqOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "Seq2seq: ", problem);
  reset();
}

void Seq2seqImpl::reset() {
  const int64_t units = options.hidden_size, symbols = options.most_points + 1;
  const bool attends = options.attention == Seq2seqAttention::kAdditive;
  const auto lstm = [units](int64_t inputs) {
    return torch::nn::LSTM(torch::nn::LSTMOptions(inputs, units).batch_first(true));
  };
  encoder_ = register_module("encoder", lstm(options.input_size));
  embedding_ = register_module("embedding", torch::nn::Embedding(symbols, units));
  decoder_ = register_module("decoder", lstm(attends ? 3 * units : units));
  output_ = register_module("output", torch::nn::Linear(attends ? 2 * units : units, symbols));
  if (attends) {
    attention_ =
        register_module("attention", AdditiveScore(AdditiveScoreOptions{
                                         .query_size = units, .key_size = units, .units = units}));
  }
  torch::NoGradGuard no_gradients;
  for (auto& weight : parameters()) weight.uniform_(-options.init_range, options.init_range);
}

Seq2seqMemory Seq2seqImpl::encode(const Tensor& inputs, const Tensor& lengths) {
  check_padded("Seq2seq", inputs, lengths, options.input_size);
  TORCH_CHECK(inputs.size(1) <= options.most_points, "Seq2seq: inputs must be at most ",
              options.most_points, " (most_points), got ", inputs.size(1));
  const auto [encoded, hidden, cell] = run_padded(encoder_, inputs, lengths);
  Seq2seqMemory memory{.hidden = hidden, .cell = cell};
  if (!attention_.is_empty()) {
    memory.encoded = encoded;
    memory.keys = attention_->project_keys(encoded);
    memory.places = length_mask(lengths.to(inputs.device()), inputs.size(1));
    memory.context = torch::zeros_like(hidden);
  }
  return memory;
}

// Without attention nothing of a step depends on the one before but the LSTM's own state.
Tensor Seq2seqImpl::all_at_once(const Seq2seqMemory& memory, const Tensor& previous) {
  const auto state = std::make_tuple(memory.hidden.unsqueeze(0), memory.cell.unsqueeze(0));
  const auto [decoded, last] = decoder_->forward(embedding_->forward(previous), state);
  return output_->forward(decoded);  // [B, T, V]
}

Seq2seqStep Seq2seqImpl::step(Seq2seqMemory& memory, const Tensor& previous) {
  Tensor read = embedding_->forward(previous);  // [B, H]
  // Section 2.2: [d'; d] of the step before is fed to this one.
  if (memory.context.defined()) read = torch::cat({read, memory.context, memory.hidden}, 1);
  const auto state = std::make_tuple(memory.hidden.unsqueeze(0), memory.cell.unsqueeze(0));
  const auto [decoded, last] = decoder_->forward(read.unsqueeze(1), state);  // [B, 1, H]
  memory.hidden = std::get<0>(last)[0];
  memory.cell = std::get<1>(last)[0];
  if (!memory.context.defined()) return {.logits = output_->forward(memory.hidden)};
  const Tensor scores = attention_->forward(decoded, memory.keys).squeeze(1);    // [B, S]
  const Tensor weights = masked_softmax(scores, memory.places);                  // [B, S]
  memory.context = torch::bmm(weights.unsqueeze(1), memory.encoded).squeeze(1);  // d', [B, H]
  return {.logits = output_->forward(torch::cat({memory.context, memory.hidden}, 1)),
          .attention = weights};
}

Tensor Seq2seqImpl::forward(const Tensor& inputs, const Tensor& lengths, const Tensor& targets) {
  Seq2seqMemory memory = encode(inputs, lengths);
  check_symbols("Seq2seq", targets, inputs.size(0), torch::tensor(options.most_points));
  const Tensor previous = shift_right(targets, /*begin=*/0);  // [B, T]
  if (attention_.is_empty()) return all_at_once(memory, previous);
  std::vector<Tensor> logits;
  for (const Tensor& symbols : previous.unbind(1)) logits.push_back(step(memory, symbols).logits);
  return torch::stack(logits, 1);  // [B, T, V]
}

std::unique_ptr<StepDecoder> Seq2seqImpl::decoder(const Tensor& inputs, const Tensor& lengths) {
  return std::make_unique<SymbolDecoder>(*this, encode(inputs, lengths));
}

std::vector<AttentionMap> Seq2seqImpl::attention_maps(const Tensor& inputs, const Tensor& lengths,
                                                      const Tensor& targets) {
  if (attention_.is_empty()) return {};
  Seq2seqMemory memory = encode(inputs, lengths);
  check_symbols("Seq2seq", targets, 1, torch::tensor(options.most_points));
  std::vector<Tensor> weights;
  for (const Tensor& symbols : shift_right(targets, /*begin=*/0).unbind(1)) {
    weights.push_back(step(memory, symbols).attention[0]);
  }
  return {{.name = "attention",
           .rows = "step",
           .columns = "point",
           .values = torch::stack(weights)}};  // [T, S]
}

}  // namespace zoo
