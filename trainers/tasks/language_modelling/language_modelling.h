// Saying how a text goes on.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "zoo/datasets/language.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/trainers/tasks/language_modelling/language_modelling_options.h"
#include "zoo/trainers/tasks/pairing.h"
#include "zoo/trainers/tasks/supervised.h"

namespace zoo {

/// A module that gives, for tokens [B, T] and from nothing before them, features [B, T, D] to its
/// output layer, those of a step by the tokens up to it; and that reads a prompt [N, P] in one call
/// and then goes on step by step, as far as it is asked, whether by a state or by a cache.
template <class Model>
concept LanguageModel = requires(Model model, torch::Tensor tokens) {
  { model->features(tokens) } -> std::convertible_to<torch::Tensor>;
  { model->output } -> std::convertible_to<torch::nn::Linear>;
  { model->decoder(tokens) } -> std::same_as<std::unique_ptr<StepDecoder>>;
};

/// The loss is the cross-entropy in nats per symbol. Windows are independent of each other: each is
/// read from the state of a model that has read nothing, in training and in evaluations alike.
///
/// Metrics: `cross_entropy`, the same, over all symbols of an evaluation; `perplexity`, e to that;
/// `bits_per_character`, all bits over all characters of the text, which can be compared between
/// vocabularies.
class LanguageModellingTask final : public SupervisedTask<LanguageBatch> {
 public:
  /// The model as the task sees it.
  struct Model {
    std::function<torch::Tensor(const torch::Tensor& tokens)> features;
    std::function<std::unique_ptr<StepDecoder>(const torch::Tensor& prompt)> decoder;
    /// What the model shows of itself for tokens [1, T]; may be empty.
    std::function<std::vector<AttentionMap>(const torch::Tensor& tokens)> maps;
    torch::nn::Linear output{nullptr};
  };

  LanguageModellingTask(Setup setup, Model model, LanguageModellingOptions options);

  MetricGoal goal() const override { return {"cross_entropy", /*lower_is_better=*/true}; }

  /// A text is answered by its continuation, {"prompt": "..."} by {"continuation": "..."}. The same
  /// question has the same answer.
  Prediction predict(const std::string& line) override;

  /// A continuation is told symbol by symbol, without the braces of JSON.
  void predict_aloud(const std::string& line,
                     const std::function<void(const std::string& piece)>& tell) override;

 protected:
  torch::Tensor loss(const LanguageBatch& batch) override;
  Metrics measure(const Dataset<LanguageBatch>& dataset, const MakeBatch& batch,
                  int64_t count) override;
  Sample sample(const std::string& title, const Dataset<LanguageBatch>& dataset,
                const LanguageBatch& example) override;
  int64_t test_samples() const override { return 3; }

 private:
  torch::Tensor nats(const LanguageBatch& batch);
  std::string continuation(const Vocabulary& vocabulary, const torch::Tensor& prompt,
                           const std::function<void(const std::string& piece)>& tell = {});
  std::string answer(const std::string& prompt,
                     const std::function<void(const std::string& piece)>& tell = {});

  Model model_;
  LanguageModellingOptions options_;
};

/// The task as the catalogue knows it.
struct LanguageModelling {
  using Options = LanguageModellingOptions;
  using Batch = LanguageBatch;
  static std::vector<std::string> metrics() {
    return {"cross_entropy", "perplexity", "bits_per_character"};
  }

  /// Takes the size of the vocabulary from the data.
  static void complete(auto& model_options, const Dataset<Batch>& dataset) {
    take_size("vocabulary", model_options.vocabulary,
              dynamic_cast<const LanguageDataset&>(dataset).vocabulary_size());
  }

  template <LanguageModel Model>
  static std::unique_ptr<Task> make(Model model, const Options& options,
                                    SupervisedTask<Batch>::Setup setup) {
    setup.module = model.ptr();
    LanguageModellingTask::Model seen = {
        .features = [model](const auto& tokens) mutable { return model->features(tokens); },
        .decoder = [model](const auto& prompt) mutable { return model->decoder(prompt); },
        .maps = {},
        .output = model->output};
    if constexpr (ShowsAttention<Model>) {
      seen.maps = [model](const auto& tokens) mutable { return model->attention_maps(tokens); };
    }
    return std::make_unique<LanguageModellingTask>(std::move(setup), std::move(seen), options);
  }
};

}  // namespace zoo
