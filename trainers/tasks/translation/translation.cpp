#include "zoo/trainers/tasks/translation/translation.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "zoo/models/padded_sequences/padded_sequences.h"
#include "zoo/trainers/tasks/sequence_nats.h"
#include "zoo/trainers/tasks/translation/translation_scores.h"

namespace zoo {
namespace {

using torch::Tensor;

const TranslationDataset& pairs_of(const Dataset<TranslationBatch>& dataset) {
  return dynamic_cast<const TranslationDataset&>(dataset);
}

// A translation longer than that has lost its thread.
auto most_steps(const auto& source_length) { return source_length * 2 + 10; }

// Symbols [T] up to the first end, which is left out.
std::vector<int64_t> until_end(const Tensor& symbols) {
  const auto values = symbols.accessor<int64_t, 1>();
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < values.size(0) && values[i] != kEnd; ++i) kept.push_back(values[i]);
  return kept;
}

std::vector<int64_t> with_end(std::vector<int64_t> symbols) {
  symbols.push_back(kEnd);
  return symbols;
}

// The first `length` of a row of symbols.
std::vector<int64_t> row_of(const Tensor& symbols, const Tensor& lengths, int64_t row) {
  const Tensor values = symbols[row].cpu();
  const auto* begin = values.const_data_ptr<int64_t>();
  return {begin, begin + lengths[row].item<int64_t>()};
}

}  // namespace

std::vector<std::string> Translation::metrics() {
  std::vector<std::string> names = {"cross_entropy", "perplexity", "word_perplexity"};
  for (auto& name : TranslationScores::names()) names.push_back(std::move(name));
  names.insert(names.end(), {"alignment_accuracy", "alignment_error"});
  return names;
}

TranslationTask::TranslationTask(Setup setup, Model model, TranslationOptions options)
    : SupervisedTask(std::move(setup)), model_(std::move(model)), options_(options) {}

// Of all symbols of the targets: 0-d.
Tensor TranslationTask::nats(const TranslationBatch& batch, double smoothing) {
  return sequence_nats(model_.features(batch.source, batch.source_lengths, batch.target),
                       *model_.output, batch.target, batch.target_lengths, smoothing);
}

Tensor TranslationTask::loss(const TranslationBatch& batch) {
  return nats(batch, options_.label_smoothing) /
         static_cast<double>(batch.target_lengths.sum().item<int64_t>());
}

std::vector<TranslationTask::Symbols> TranslationTask::decode(const TranslationBatch& batch,
                                                              int64_t beam_width) {
  const auto decoder = model_.decoder(batch.source, batch.source_lengths);
  const auto found = beam_search(*decoder, {.beam_width = beam_width,
                                            .max_steps = most_steps(batch.source.size(1)),
                                            .end = kEnd,
                                            .length_penalty = options_.length_penalty,
                                            .length_alpha = options_.length_alpha,
                                            .max_steps_each = most_steps(batch.source_lengths)});
  std::vector<Symbols> answers;
  for (const Tensor& symbols : found.symbols.select(1, 0).unbind(0)) {
    answers.push_back(until_end(symbols));
  }
  return answers;
}

Metrics TranslationTask::measure(const Dataset<TranslationBatch>& dataset, const MakeBatch& batch,
                                 int64_t count) {
  const Vocabulary& vocabulary = pairs_of(dataset).target_vocabulary();
  TranslationScores scores(options_.bleu);
  AlignmentScores alignments;
  double total = 0, symbols = 0, words = 0;
  for (int64_t i = 0; i < count; ++i) {
    const TranslationBatch data = batch(i);
    total += nats(data, /*smoothing=*/0).item<double>();
    symbols += data.target_lengths.sum().item<double>();
    const auto greedy = decode(data, 1);
    const auto best = options_.beam_width > 1 ? decode(data, options_.beam_width) : greedy;
    for (size_t j = 0; j < best.size(); ++j) {
      words += static_cast<double>(count_words(data.target_text[j]) + 1);
      scores.add(data.source_text[j], data.target_text[j], vocabulary.decode(best[j]),
                 vocabulary.decode(greedy[j]));
    }
    if (!data.alignment.defined()) continue;
    const Tensor weights = model_.attention(data.source, data.source_lengths, data.target);
    if (weights.defined()) alignments.add(weights, data);
  }
  Metrics metrics = {{"cross_entropy", total / symbols},
                     {"perplexity", std::exp(total / symbols)},
                     {"word_perplexity", std::exp(total / words)}};
  for (auto& metric : scores.metrics()) metrics.push_back(std::move(metric));
  for (auto& metric : alignments.metrics()) metrics.push_back(std::move(metric));
  return metrics;
}

// Where the model looked while it said `target`, both with their ends; no values if it does not.
AttentionMap TranslationTask::attention_map(const TranslationDataset& dataset,
                                            const Symbols& source, const Symbols& target) {
  const auto pair =
      encode_translation(std::vector{TranslationExample{.source = source, .target = target}})
          .to(setup().device);
  const Tensor weights = model_.attention(pair.source, pair.source_lengths, pair.target);
  if (!weights.defined()) return {};
  return {.name = "attention",
          .rows = "translation",
          .columns = "source",
          .values = weights[0],
          .row_labels = names_of_symbols(dataset.target_vocabulary(), target),
          .column_labels = names_of_symbols(dataset.source_vocabulary(), source)};
}

Sample TranslationTask::sample(const std::string& title, const Dataset<TranslationBatch>& dataset,
                               const TranslationBatch& example) {
  const TranslationDataset& pairs = pairs_of(dataset);
  const Symbols translation = decode(example, options_.beam_width).front();
  Sample sample{.title = title,
                .texts = {{"source", example.source_text.front()},
                          {"reference", example.target_text.front()},
                          {"translation", pairs.target_vocabulary().decode(translation)}},
                .maps = {}};
  const Symbols source = row_of(example.source, example.source_lengths, 0);
  auto map = attention_map(pairs, source, with_end(translation));
  if (map.values.defined()) sample.maps.push_back(std::move(map));
  return sample;
}

Prediction TranslationTask::predict(const std::string& line) {
  const TranslationDataset& pairs = pairs_of(*setup().dataset);
  const Symbols source = with_end(pairs.source_vocabulary().encode(line));
  if (source.size() == 1) return {};  // nothing said, nothing to translate
  c10::InferenceMode inference;
  setup().module->eval();
  const auto question = encode_translation(
      std::vector{TranslationExample{.source = source, .target = Symbols{kEnd}}});
  const Symbols translation = decode(question.to(setup().device), options_.beam_width).front();
  return {.line = pairs.target_vocabulary().decode(translation)};
}

}  // namespace zoo
