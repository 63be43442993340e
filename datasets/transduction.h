// Sequences that are turned into sequences, step by step.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "zoo/datasets/dataset.h"

namespace zoo {

/// Shapes: B batch, T time, I input channels, O output channels.
struct TransductionBatch {
  static constexpr std::string_view kName = "transduction";

  torch::Tensor inputs;   ///< [B, T, I] float32
  torch::Tensor targets;  ///< [B, T, O] float32 in [0, 1]; 0 where nothing is asked
  torch::Tensor mask;     ///< [B, T] float32: 1 where the answer counts, else 0

  TransductionBatch to(torch::Device device) const {
    return {inputs.to(device), targets.to(device), mask.to(device)};
  }
};

/// A source of such batches; the sizes of a model follow from it.
class TransductionDataset : public Dataset<TransductionBatch> {
 public:
  virtual int64_t input_size() const = 0;   ///< I
  virtual int64_t output_size() const = 0;  ///< O

  /// What the best possible predictor needs for these very sequences, in bits [B] float64, where
  /// chance has a part in the answer; undefined if the inputs settle it, as in most tasks.
  virtual torch::Tensor optimal_bits(const TransductionBatch& /*batch*/) const { return {}; }

  /// What a question looks like: {"bits": [[0, 1, ...], ...]}.
  virtual std::string question_format() const = 0;

  /// The batch of one example that a question asks. Targets and mask are the right answer where it
  /// is known. Throws `std::invalid_argument` with a message for people: which part, what was
  /// expected, what came.
  virtual TransductionBatch prompt(const nlohmann::json& question) const = 0;

  /// What a model answers, from its probabilities [1, T, O]: {"bits": [[0, 1, ...], ...]} of the
  /// steps that count, unless the dataset's README says otherwise.
  virtual nlohmann::json answer(const torch::Tensor& probabilities,
                                const TransductionBatch& prompt) const;
};

}  // namespace zoo
