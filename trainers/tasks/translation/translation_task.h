// Turning sentences into sentences: what is learned.
#pragma once

#include <torch/nn/modules/linear.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "zoo/datasets/translation.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/trainers/tasks/supervised.h"
#include "zoo/trainers/tasks/translation/translation_options.h"

namespace zoo {

/// The loss is the cross-entropy per symbol of the target, its end included, with label smoothing.
///
/// Metrics: `cross_entropy` in nats per symbol, without smoothing, and `perplexity`, e to that;
/// `word_perplexity`, of the words between blanks and the end of each line; `bleu` of beam search
/// and `greedy_bleu`; `bleu_1_5` to `bleu_51_up`, of sentences with so many source words;
/// `accuracy`, the share of translations that are the reference to the letter. Where the right
/// alignment is known, `alignment_accuracy`: how often the model looks most at the right place,
/// and `alignment_error` (AER, Och and Ney 2003) of the links that these make.
class TranslationTask final : public SupervisedTask<TranslationBatch> {
 public:
  /// The model as the task sees it; tensors as those of a batch.
  struct Model {
    std::function<torch::Tensor(const TranslationBatch& batch)> features;
    std::function<torch::Tensor(const torch::Tensor& source, const torch::Tensor& lengths,
                                const torch::Tensor& target)>
        attention;
    /// What the model shows of itself for a pair, its rows and columns called "source",
    /// "translation" or "read before", the translation behind its beginning; may be empty.
    std::function<std::vector<AttentionMap>(
        const torch::Tensor& source, const torch::Tensor& lengths, const torch::Tensor& target)>
        maps;
    std::function<std::unique_ptr<StepDecoder>(const torch::Tensor& source,
                                               const torch::Tensor& lengths)>
        decoder;
    torch::nn::Linear output{nullptr};
  };

  TranslationTask(Setup setup, Model model, TranslationOptions options);

  MetricGoal goal() const override { return {"bleu", /*lower_is_better=*/false}; }

  /// A sentence is answered by its translation; throws if it is longer than `longest_sentence` or
  /// no UTF-8.
  Prediction predict(const std::string& line) override;
  bool answers_blank_lines() const override { return true; }

  /// The texts that a batch of a test is translated by, in evaluation mode.
  std::vector<std::string> translate(const TranslationBatch& batch, int64_t beam_width);

  Signatures signatures() const override { return {{"bleu", bleu_signature(options_.bleu, 1)}}; }

 protected:
  torch::Tensor loss(const TranslationBatch& batch) override;
  Metrics measure(const Dataset<TranslationBatch>& dataset, const MakeBatch& batch,
                  int64_t count) override;
  Sample sample(const std::string& title, const Dataset<TranslationBatch>& dataset,
                const TranslationBatch& example) override;
  int64_t test_samples() const override { return 6; }

 private:
  using Symbols = std::vector<int64_t>;

  torch::Tensor nats(const TranslationBatch& batch, double smoothing);
  std::vector<Symbols> decode(const TranslationBatch& batch, int64_t beam_width);
  torch::Tensor attention(const TranslationBatch& batch, const std::vector<Symbols>& translations);
  std::vector<AttentionMap> maps(const TranslationDataset& dataset, const TranslationBatch& example,
                                 const Symbols& translation);
  AttentionMap attention_map(const TranslationDataset& dataset, const TranslationBatch& example,
                             const Symbols& translation);
  std::vector<std::string> texts(const TranslationDataset& dataset, const TranslationBatch& batch,
                                 const std::vector<Symbols>& translations);

  Model model_;
  TranslationOptions options_;
};

}  // namespace zoo
