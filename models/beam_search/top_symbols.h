// The few largest of many numbers, row by row.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace zoo {

/// Shapes: N rows, K symbols.
struct TopSymbols {
  torch::Tensor scores;   ///< [N, K] float64 on the CPU, the largest first
  torch::Tensor symbols;  ///< [N, K] int64 on the CPU; of a score of -inf it means nothing
};

/// The K = min(count, V) largest `scores` [N, V] of each row. Equal ones come in the order of the
/// symbols, on every device: `torch::topk` promises no order. What is not a number counts as -inf.
TopSymbols top_symbols(const torch::Tensor& scores, int64_t count);

/// The same of float32 scores by what the device itself can do: of integers that are ordered as
/// the scores are, and the symbols with them, no two are equal.
TopSymbols top_symbols_by_keys(const torch::Tensor& scores, int64_t count);

}  // namespace zoo
