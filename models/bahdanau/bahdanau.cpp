#include "zoo/models/bahdanau/bahdanau.h"

#include <torch/nn/init.h>

#include <utility>
#include <vector>

#include "zoo/models/attention/masked_softmax.h"
#include "zoo/models/bahdanau/attending_sequence.h"
#include "zoo/models/beam_search/source_decoder.h"
#include "zoo/models/padded_sequences/padded_sequences.h"
#include "zoo/models/padded_sequences/padding.h"
#include "zoo/models/padded_sequences/symbols.h"
#include "zoo/models/vector_math/can_fuse.h"

namespace zoo {

using torch::Tensor;

void BahdanauMemory::select_state(const Tensor& rows) { select_rows({&state}, rows); }

void BahdanauMemory::select_source(const Tensor& rows) {
  select_rows({&annotations, &keys, &places, &context}, rows);
}

BahdanauImpl::BahdanauImpl(BahdanauOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "Bahdanau: ", problem);
  reset();
}

void BahdanauImpl::reset() {
  const int64_t embedded = options.embedding_size, units = options.hidden_size;
  const bool attends = options.attention == BahdanauAttention::kAdditive;
  const int64_t annotation = attends ? 2 * units : units;
  const auto linear = [](int64_t from, int64_t to, bool bias) {
    return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(bias));
  };
  const auto gated_unit = [&](int64_t context) {
    return GatedUnit(
        GatedUnitOptions{.input_size = embedded, .hidden_size = units, .context_size = context});
  };
  const auto embedding = [&](int64_t symbols) { return torch::nn::Embedding(symbols, embedded); };
  source_embedding_ = register_module("source_embedding", embedding(options.source_vocabulary));
  target_embedding_ = register_module("target_embedding", embedding(options.target_vocabulary));
  encoder_forward_ = register_module("encoder_forward", gated_unit(0));
  if (attends) {
    encoder_backward_ = register_module("encoder_backward", gated_unit(0));
    attention_ = register_module(
        "attention",
        AdditiveScore(AdditiveScoreOptions{
            .query_size = units, .key_size = annotation, .units = options.alignment_size}));
  }
  initial_ = register_module("initial", linear(units, units, true));
  decoder_ = register_module("decoder", gated_unit(annotation));
  readout_ = register_module(
      "readout", MaxoutReadout(MaxoutReadoutOptions{.state_size = units,
                                                    .embedding_size = embedded,
                                                    .context_size = annotation,
                                                    .maxout_size = options.maxout_size}));
  output = register_module("output", linear(options.maxout_size, options.target_vocabulary, true));
  start_weights();
}

// Appendix B.1, or what starts faster.
void BahdanauImpl::start_weights() {
  torch::NoGradGuard no_gradients;
  const bool as_paper = options.start == BahdanauStart::kPaper;
  for (auto& parameter : named_parameters()) {
    const std::string& name = parameter.key();
    Tensor& weight = parameter.value();
    const bool recurrent = name.ends_with("gates.weight") || name.ends_with("candidate.weight");
    if (weight.dim() == 1) {
      weight.zero_();
    } else if (recurrent) {
      for (Tensor& block : weight.split(options.hidden_size)) torch::nn::init::orthogonal_(block);
    } else if (as_paper) {
      weight.normal_(0, name.starts_with("attention.") ? 0.001 : 0.01);
    } else if (name.ends_with("embedding.weight") && !name.starts_with("readout.")) {
      weight.normal_(0, 0.05);
    } else {
      torch::nn::init::xavier_uniform_(weight);
    }
  }
  if (!as_paper && !attention_.is_empty()) {
    attention_->named_parameters()["score"].uniform_(-0.1, 0.1);
  }
}

Tensor BahdanauImpl::drop(const Tensor& values) const {
  return options.dropout > 0 && is_training()
             ? torch::dropout(values, options.dropout, /*train=*/true)
             : values;
}

BahdanauMemory BahdanauImpl::encode(const Tensor& source, const Tensor& source_lengths) {
  check_sources("Bahdanau", source, source_lengths, options.source_vocabulary);
  const Tensor lengths = source_lengths.cpu();
  const Tensor embedded = drop(source_embedding_->forward(source.t()));  // [S, B, m]
  const Tensor ahead = encoder_forward_->read(embedded, lengths, Direction::kForward);
  if (attention_.is_empty()) {
    const Tensor last = last_of_padded(ahead, lengths);
    return {.state = torch::tanh(initial_->forward(last)), .context = last};
  }
  const Tensor back = encoder_backward_->read(embedded, lengths, Direction::kBackward);
  const Tensor annotations = drop(torch::cat({ahead, back}, 2));  // h_j, [S, B, 2 n]
  const Tensor there = length_mask(lengths, source.size(1));      // [B, S]
  const Padding padding(there.t(), source.device());
  const Tensor keys = padding.restore(attention_->project_keys(padding.strip(annotations)));
  return {.state = torch::tanh(initial_->forward(back[0])),  // s_0
          .annotations = annotations.transpose(0, 1),
          .keys = keys.transpose(0, 1),
          .lengths = lengths,
          .places = there.to(source.device())};
}

// t of appendix A.2.2.
Tensor BahdanauImpl::read_out(const Tensor& state, const Tensor& embedded, const Tensor& context) {
  return drop(readout_->forward(state, embedded, context));
}

BahdanauStep BahdanauImpl::step(BahdanauMemory& memory, const Tensor& previous) {
  const Tensor embedded = drop(target_embedding_->forward(previous));  // [B, m]
  const Tensor before = memory.state;
  Tensor context = memory.context, weights;
  if (!attention_.is_empty()) {
    const Tensor scores = attention_->forward(before.unsqueeze(1), memory.keys).squeeze(1);  // e_ij
    weights = masked_softmax(scores, memory.places);                            // alpha_ij, [B, S]
    context = torch::bmm(weights.unsqueeze(1), memory.annotations).squeeze(1);  // c_i, [B, 2 n]
  }
  memory.state = decoder_->step(decoder_->project(embedded), before, context);  // s_i
  return {.logits = output->forward(
              read_out(reads_previous() ? before : memory.state, embedded, context)),
          .attention = weights};
}

BahdanauImpl::Run BahdanauImpl::run(const Tensor& source, const Tensor& source_lengths,
                                    const Tensor& target, const Tensor& target_lengths) {
  check_sources("Bahdanau", source, source_lengths, options.source_vocabulary);
  const Tensor lengths = target_lengths.cpu();
  check_targets("Bahdanau", target, lengths, source.size(0), options.target_vocabulary);
  const LongestFirst targets = longest_first(lengths, target.size(1));
  const BahdanauMemory memory = encode(targets.arrange(source), targets.arrange(source_lengths));
  const PackedSteps steps(targets.active);
  const Tensor rows = packed_rows(targets, Direction::kForward).to(target.device());
  const Tensor previous = shift_right(target, kBegin).t().flatten().index_select(0, rows);
  const Tensor embedded = drop(target_embedding_->forward(previous));  // [P, m]
  const Tensor projected = decoder_->project(embedded);
  const auto [states, contexts, attention] = attention_.is_empty()
                                                 ? with_fixed_context(memory, projected, steps)
                                                 : attend(memory, projected, steps);
  const auto before = [&, &states = states] {
    const Tensor from = steps.rows_before().to(rows.device());
    return torch::cat({memory.state, states}).index_select(0, from);
  };
  return {.features = read_out(reads_previous() ? before() : states, embedded, contexts),
          .attention = attention,
          .rows = rows};
}

BahdanauImpl::States BahdanauImpl::attend(const BahdanauMemory& memory, const Tensor& projected,
                                          const PackedSteps& steps) {
  if (can_fuse(projected)) {
    const auto weights = attention_->named_parameters();
    const auto [states, contexts, attention] = attending_sequence(
        {projected, memory.state, memory.keys, memory.annotations, memory.lengths, steps.active()},
        {weights["query.weight"], weights["score"], decoder_->gates->weight,
         decoder_->candidate->weight, decoder_->context->weight});
    return {.states = states, .contexts = contexts, .attention = attention};
  }
  std::vector<Tensor> states, contexts, weights;
  Tensor state = memory.state;
  for (const Tensor& each : steps.split(projected)) {
    const auto of_those = [&](const Tensor& all) { return all.narrow(0, 0, each.size(0)); };
    state = of_those(state);
    const Tensor scores = attention_->forward(state.unsqueeze(1), of_those(memory.keys)).squeeze(1);
    weights.push_back(masked_softmax(scores, of_those(memory.places)));
    contexts.push_back(
        torch::bmm(weights.back().unsqueeze(1), of_those(memory.annotations)).squeeze(1));
    state = decoder_->step(each, state, contexts.back());
    states.push_back(state);
  }
  return {.states = torch::cat(states),
          .contexts = torch::cat(contexts),
          .attention = torch::cat(weights)};
}

// Without attention: the same context in every step of a sentence.
BahdanauImpl::States BahdanauImpl::with_fixed_context(const BahdanauMemory& memory,
                                                      const Tensor& projected,
                                                      const PackedSteps& steps) {
  const Tensor examples = steps.sequences().to(projected.device());
  const Tensor known =
      projected + decoder_->context->forward(memory.context).index_select(0, examples);
  return {.states = decoder_->run(known, memory.state, steps.active()),
          .contexts = memory.context.index_select(0, examples)};
}

Tensor BahdanauImpl::features(const Tensor& source, const Tensor& source_lengths,
                              const Tensor& target, const Tensor& target_lengths) {
  const Run run = this->run(source, source_lengths, target, target_lengths);
  return unpack(run.features, run.rows, target.size(1), target.size(0)).transpose(0, 1);
}

Tensor BahdanauImpl::forward(const Tensor& source, const Tensor& source_lengths,
                             const Tensor& target) {
  return output->forward(features(source, source_lengths, target, full_lengths(target)));
}

Tensor BahdanauImpl::attention(const Tensor& source, const Tensor& source_lengths,
                               const Tensor& target) {
  const Run run = this->run(source, source_lengths, target, full_lengths(target));
  if (!run.attention.defined()) return {};
  return unpack(run.attention, run.rows, target.size(1), target.size(0)).transpose(0, 1);
}

std::unique_ptr<StepDecoder> BahdanauImpl::decoder(const Tensor& source,
                                                   const Tensor& source_lengths) {
  return std::make_unique<SourceDecoder<BahdanauImpl, BahdanauMemory>>(
      *this, encode(source, source_lengths), source);
}

}  // namespace zoo
