// The heads of a Transformer as maps to look at.
#pragma once

#include <torch/types.h>

#include <vector>

#include "zoo/models/attention_map/attention_map.h"

namespace zoo {

/// Appends a map for every head of every layer, which are its variants.
///
/// like     name, rows and columns of each
/// weights  [L, 1, H, rows, columns], of one example
void append_head_maps(std::vector<AttentionMap>& maps, const AttentionMap& like,
                      const torch::Tensor& weights);

}  // namespace zoo
