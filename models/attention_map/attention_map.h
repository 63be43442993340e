// What a model shows of itself: where it looks, and what it holds.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

namespace zoo {

/// A matrix of numbers for people to look at: attention weights by step, a memory, activations.
/// One form for all models, so that whatever draws one draws all.
struct AttentionMap {
  std::string name;                          ///< "read weights, head 1"
  std::string rows;                          ///< what a row is: "location"
  std::string columns;                       ///< what a column is: "step"
  torch::Tensor values;                      ///< [rows, columns] floating point, on any device
  std::vector<std::string> row_labels{};     ///< one for each row; empty: numbered from 0
  std::vector<std::string> column_labels{};  ///< one for each column; empty: numbered from 0
  /// Maps of one name that differ in this are shown one at a time: "layer 1, head 2".
  std::string variant{};
};

/// Throws `c10::Error` naming the map if its values are no matrix or its labels do not fit.
void check_attention_map(const AttentionMap& map);

}  // namespace zoo
