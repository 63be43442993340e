// What tasks share when they are bound to a model and a dataset.
#pragma once

#include <torch/types.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

#include "zoo/models/attention_map/attention_map.h"

namespace zoo {

/// A model that shows what it does with the inputs of one example, [1, T, ...].
template <class Model>
concept ShowsAttention = requires(Model model, torch::Tensor inputs) {
  { model->attention_maps(inputs) } -> std::same_as<std::vector<AttentionMap>>;
};

/// Fills in a size that the data determine. Throws `std::invalid_argument` if another was stated.
void take_size(const std::string& name, int64_t& stated, int64_t from_data);

}  // namespace zoo
