// Turning sequences of bits into sequences of bits, step by step.
#pragma once

#include <torch/nn/module.h>

#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include "zoo/datasets/transduction.h"
#include "zoo/trainers/tasks/pairing.h"
#include "zoo/trainers/tasks/supervised.h"

namespace zoo {

/// A module that maps inputs [B, T, I] to logits [B, T, O].
template <class Model>
concept SequenceModel = requires(Model model, torch::Tensor inputs) {
  { model->forward(inputs) } -> std::convertible_to<torch::Tensor>;
};

struct TransductionOptions {
  static void fields(auto&, auto&&) {}
};

/// The loss is the binary cross-entropy in bits per sequence: summed over the steps and channels
/// that count, averaged over the sequences of a batch (Graves et al. 2014, section 4).
///
/// Metrics: `bits_per_sequence`, the same; `wrong_bits`, the share of bits that are wrong when
/// the outputs are rounded, between 0 and 1; `wrong_sequences`, the share of sequences with one;
/// `bits_above_optimum`, where chance has a part in the answers: `bits_per_sequence` less what the
/// best possible predictor needs on the same sequences.
class TransductionTask final : public SupervisedTask<TransductionBatch> {
 public:
  using Forward = std::function<torch::Tensor(const torch::Tensor& inputs)>;
  /// What the model shows of itself for inputs [1, T, I].
  using Maps = std::function<std::vector<AttentionMap>(const torch::Tensor& inputs)>;

  /// `maps` may be empty.
  TransductionTask(Setup setup, Forward forward, Maps maps = {});

  MetricGoal goal() const override { return {"bits_per_sequence", true}; }

  /// A question and its answer in JSON, as the README of the dataset has them.
  Prediction predict(const std::string& line) override;

 protected:
  torch::Tensor loss(const TransductionBatch& batch) override;
  Metrics measure(const Dataset<TransductionBatch>& dataset, const MakeBatch& batch,
                  int64_t count) override;
  Sample sample(const std::string& title, const Dataset<TransductionBatch>& dataset,
                const TransductionBatch& example) override;

 private:
  Forward forward_;
  Maps maps_;
};

/// The task as the catalogue knows it.
struct Transduction {
  using Options = TransductionOptions;
  using Batch = TransductionBatch;
  static std::vector<std::string> metrics() {
    return {"bits_per_sequence", "wrong_bits", "wrong_sequences", "bits_above_optimum"};
  }

  /// Takes the sizes of the model from the data.
  static void complete(auto& model_options, const Dataset<Batch>& dataset) {
    const auto& sizes = dynamic_cast<const TransductionDataset&>(dataset);
    take_size("input_size", model_options.input_size, sizes.input_size());
    take_size("output_size", model_options.output_size, sizes.output_size());
  }

  template <SequenceModel Model>
  static std::unique_ptr<Task> make(Model model, const Options&,
                                    SupervisedTask<Batch>::Setup setup) {
    setup.module = model.ptr();
    TransductionTask::Maps maps;
    if constexpr (ShowsAttention<Model>) {
      maps = [model](const torch::Tensor& inputs) mutable { return model->attention_maps(inputs); };
    }
    return std::make_unique<TransductionTask>(
        std::move(setup),
        [model](const torch::Tensor& inputs) mutable { return model->forward(inputs); },
        std::move(maps));
  }
};

}  // namespace zoo
