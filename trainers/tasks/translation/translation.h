// Turning sentences into sentences: the models that do, and how they are bound to the task.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "zoo/trainers/tasks/pairing.h"
#include "zoo/trainers/tasks/translation/translation_task.h"

namespace zoo {

/// A module that gives features [B, T, D] of each step to its output layer, with the right symbols
/// so far, and anything beyond the lengths of the targets; decodes step by step; and tells where it
/// looked, [B, T, S], undefined if it does not.
template <class Model>
concept TranslationModel = requires(Model model, torch::Tensor tensor) {
  { model->features(tensor, tensor, tensor, tensor) } -> std::convertible_to<torch::Tensor>;
  { model->output } -> std::convertible_to<torch::nn::Linear>;
  { model->attention(tensor, tensor, tensor) } -> std::convertible_to<torch::Tensor>;
  { model->decoder(tensor, tensor) } -> std::same_as<std::unique_ptr<StepDecoder>>;
};

/// The task as the catalogue knows it.
struct Translation {
  using Options = TranslationOptions;
  using Batch = TranslationBatch;
  static std::vector<std::string> metrics();

  /// Only words can be copied.
  static void check(const Options& options, const Dataset<Batch>& dataset);

  static void complete(auto& model_options, const Dataset<Batch>& dataset) {
    const auto& pairs = dynamic_cast<const TranslationDataset&>(dataset);
    take_size("source_vocabulary", model_options.source_vocabulary, pairs.source_vocabulary_size());
    take_size("target_vocabulary", model_options.target_vocabulary, pairs.target_vocabulary_size());
  }

  template <TranslationModel Model>
  static std::unique_ptr<Task> make(Model model, const Options& options,
                                    SupervisedTask<Batch>::Setup setup) {
    setup.module = model.ptr();
    TranslationTask::Model seen = {
        .features =
            [model](const TranslationBatch& batch) mutable {
              return model->features(batch.source, batch.source_lengths, batch.target,
                                     batch.target_lengths);
            },
        .attention =
            [model](const auto& source, const auto& lengths, const auto& target) mutable {
              return model->attention(source, lengths, target);
            },
        .maps = {},
        .decoder = [model](const auto& source,
                           const auto& lengths) mutable { return model->decoder(source, lengths); },
        .output = model->output};
    if constexpr (requires(torch::Tensor tensor) {
                    model->attention_maps(tensor, tensor, tensor);
                  }) {
      seen.maps = [model](const auto& source, const auto& lengths, const auto& target) mutable {
        return model->attention_maps(source, lengths, target);
      };
    }
    return std::make_unique<TranslationTask>(std::move(setup), std::move(seen), options);
  }
};

}  // namespace zoo
