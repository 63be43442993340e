#include "zoo/datasets/transduction.h"

#include <nlohmann/json.hpp>

namespace zoo {

nlohmann::json TransductionDataset::answer(const torch::Tensor& probabilities,
                                           const TransductionBatch& prompt) const {
  nlohmann::json vectors = nlohmann::json::array();
  const torch::Tensor bits = probabilities[0] > 0.5;  // [T, O]
  for (int64_t step = 0; step < bits.size(0); ++step) {
    if (prompt.mask[0][step].item<float>() == 0) continue;
    auto& vector = vectors.emplace_back(nlohmann::json::array());
    for (int64_t i = 0; i < bits.size(1); ++i) vector.push_back(bits[step][i].item<bool>() ? 1 : 0);
  }
  return {{"bits", vectors}};
}

}  // namespace zoo
