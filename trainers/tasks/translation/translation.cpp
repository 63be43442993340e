#include "zoo/trainers/tasks/translation/translation.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "zoo/datasets/text_files.h"
#include "zoo/datasets/word_vocabulary.h"
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

bool has_unknown(const std::vector<int64_t>& symbols) {
  return std::ranges::find(symbols, kUnknown) != symbols.end();
}

void check_length(int64_t length, int64_t longest) {
  if (length <= longest) return;
  throw std::invalid_argument(
      "the sentence has " + std::to_string(length) + " symbols, at most " +
      std::to_string(longest) +
      " are translated at once; split it, or try --set task.translation.longest_sentence=" +
      std::to_string(length));
}

}  // namespace

std::vector<std::string> Translation::metrics() {
  std::vector<std::string> names = {"cross_entropy", "perplexity", "word_perplexity"};
  for (auto& name : TranslationScores::names()) names.push_back(std::move(name));
  names.insert(names.end(), {"alignment_accuracy", "alignment_error"});
  return names;
}

void Translation::check(const Options& options, const Dataset<Batch>& dataset) {
  if (options.unknown_words != UnknownWords::kCopy || pairs_of(dataset).has_words()) return;
  throw std::invalid_argument(
      "unknown_words: copy needs a vocabulary of words, as vocabulary: words is one");
}

TranslationTask::TranslationTask(Setup setup, Model model, TranslationOptions options)
    : SupervisedTask(std::move(setup)), model_(std::move(model)), options_(options) {}

// Of all symbols of the targets: 0-d.
Tensor TranslationTask::nats(const TranslationBatch& batch, double smoothing) {
  return sequence_nats(model_.features(batch), *model_.output, batch.target, batch.target_lengths,
                       smoothing);
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

std::vector<std::string> TranslationTask::translate(const TranslationBatch& batch,
                                                    int64_t beam_width) {
  c10::InferenceMode inference;
  setup().module->eval();
  return texts(pairs_of(*setup().dataset), batch, decode(batch, beam_width));
}

Metrics TranslationTask::measure(const Dataset<TranslationBatch>& dataset, const MakeBatch& batch,
                                 int64_t count) {
  const TranslationDataset& pairs = pairs_of(dataset);
  TranslationScores scores(options_.bleu);
  AlignmentScores alignments;
  double total = 0, symbols = 0, words = 0;
  for (int64_t i = 0; i < count; ++i) {
    const TranslationBatch data = batch(i);
    total += nats(data, /*smoothing=*/0).item<double>();
    symbols += data.target_lengths.sum().item<double>();
    const auto greedy = texts(pairs, data, decode(data, 1));
    const auto best =
        options_.beam_width > 1 ? texts(pairs, data, decode(data, options_.beam_width)) : greedy;
    for (size_t j = 0; j < best.size(); ++j) {
      words += static_cast<double>(count_words(data.target_text[j]) + 1);
      scores.add(data.source_text[j], data.target_text[j], best[j], greedy[j]);
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

// Where the model looked while it said these and their ends: [B, T, S]; undefined if it does not.
Tensor TranslationTask::attention(const TranslationBatch& batch,
                                  const std::vector<Symbols>& translations) {
  size_t longest = 0;
  for (const auto& symbols : translations) longest = std::max(longest, symbols.size());
  const auto steps = static_cast<int64_t>(longest) + 1;
  const Tensor target = torch::full({batch.source.size(0), steps}, kEnd, torch::kLong);
  for (size_t i = 0; i < translations.size(); ++i) {
    std::ranges::copy(translations[i], target[static_cast<int64_t>(i)].data_ptr<int64_t>());
  }
  return model_.attention(batch.source, batch.source_lengths, target.to(batch.source.device()));
}

// Of the one example; no values if the model does not look.
AttentionMap TranslationTask::attention_map(const TranslationDataset& dataset,
                                            const TranslationBatch& example,
                                            const Symbols& translation) {
  const Tensor weights = attention(example, {translation});
  if (!weights.defined()) return {};
  const Symbols source = row_of(example.source, example.source_lengths, 0);
  return {.name = "attention",
          .rows = "translation",
          .columns = "source",
          .values = weights[0],
          .row_labels = names_of_symbols(dataset.target_vocabulary(), with_end(translation)),
          .column_labels = names_of_symbols(dataset.source_vocabulary(), source)};
}

// That, and what else the model shows of itself.
std::vector<AttentionMap> TranslationTask::maps(const TranslationDataset& dataset,
                                                const TranslationBatch& example,
                                                const Symbols& translation) {
  std::vector<AttentionMap> maps;
  auto map = attention_map(dataset, example, translation);
  if (map.values.defined()) maps.push_back(std::move(map));
  if (!model_.maps) return maps;
  const Symbols said = with_end(translation),
                source = row_of(example.source, example.source_lengths, 0);
  Symbols read = {kBegin};
  read.insert(read.end(), translation.begin(), translation.end());
  const auto labels = [&](const std::string& axis) {
    if (axis == "source") return names_of_symbols(dataset.source_vocabulary(), source);
    return names_of_symbols(dataset.target_vocabulary(), axis == "translation" ? said : read);
  };
  const Tensor target = torch::tensor(said, torch::kLong).unsqueeze(0).to(example.source.device());
  for (auto& each : model_.maps(example.source, example.source_lengths, target)) {
    each.row_labels = labels(each.rows);
    each.column_labels = labels(each.columns);
    maps.push_back(std::move(each));
  }
  return maps;
}

// `batch` has its source texts.
std::vector<std::string> TranslationTask::texts(const TranslationDataset& dataset,
                                                const TranslationBatch& batch,
                                                const std::vector<Symbols>& translations) {
  const Vocabulary& vocabulary = dataset.target_vocabulary();
  Tensor weights;
  if (options_.unknown_words == UnknownWords::kCopy &&
      std::ranges::any_of(translations, has_unknown)) {
    weights = attention(batch, translations);
  }
  std::vector<std::string> texts;
  for (size_t i = 0; i < translations.size(); ++i) {
    const bool copies = weights.defined() && has_unknown(translations[i]);
    texts.push_back(copies ? copy_unknown_words(vocabulary, translations[i],
                                                weights[static_cast<int64_t>(i)],
                                                words_of(batch.source_text[i]))
                           : vocabulary.decode(translations[i]));
  }
  return texts;
}

Sample TranslationTask::sample(const std::string& title, const Dataset<TranslationBatch>& dataset,
                               const TranslationBatch& example) {
  const TranslationDataset& pairs = pairs_of(dataset);
  const auto translations = decode(example, options_.beam_width);
  Sample sample{.title = title,
                .texts = {{"source", example.source_text.front()},
                          {"reference", example.target_text.front()},
                          {"translation", texts(pairs, example, translations).front()}},
                .maps = maps(pairs, example, translations.front())};
  return sample;
}

Prediction TranslationTask::predict(const std::string& line) {
  if (const auto problem = utf8_problem(line); !problem.empty()) {
    throw std::invalid_argument(problem);
  }
  const TranslationDataset& pairs = pairs_of(*setup().dataset);
  const Symbols source = with_end(pairs.source_vocabulary().encode(line));
  if (source.size() == 1) {  // nothing said, nothing to translate
    return {.line = {}, .attention = [] { return AttentionMap(); }};
  }
  check_length(static_cast<int64_t>(source.size()) - 1, options_.longest_sentence);
  c10::InferenceMode inference;
  setup().module->eval();
  auto question =
      encode_translation(std::vector{TranslationExample{.source = source, .target = Symbols{kEnd}}})
          .to(setup().device);
  question.source_text = {line};
  const auto translations = decode(question, options_.beam_width);
  return {.line = texts(pairs, question, translations).front(),
          .attention = [this, &pairs, question, translation = translations.front()] {
            c10::InferenceMode looks;
            auto map = attention_map(pairs, question, translation);
            if (map.values.defined()) return map;
            throw std::invalid_argument("this model has no attention to show");
          }};
}

}  // namespace zoo
