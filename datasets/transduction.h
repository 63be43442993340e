// Sequences that are turned into sequences, step by step.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

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

  /// The batch of one example that asks about these vectors, its targets and mask being the right
  /// answer. Throws `std::invalid_argument` with a message for people if the vectors do not fit:
  /// which one, what was expected, what came.
  virtual TransductionBatch prompt(const std::vector<std::vector<int>>& vectors) const = 0;
};

}  // namespace zoo
