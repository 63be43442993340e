#include "zoo/models/transformer_layers/attention_maps.h"

#include <string>

namespace zoo {

void append_head_maps(std::vector<AttentionMap>& maps, const AttentionMap& like,
                      const torch::Tensor& weights) {
  TORCH_CHECK(weights.dim() == 5 && weights.size(1) == 1,
              "append_head_maps: weights must be of one example, [L, 1, H, rows, columns], got ",
              weights.sizes());
  for (int64_t layer = 0; layer < weights.size(0); ++layer) {
    for (int64_t head = 0; head < weights.size(2); ++head) {
      maps.push_back(like);
      maps.back().variant =
          "layer " + std::to_string(layer + 1) + ", head " + std::to_string(head + 1);
      maps.back().values = weights[layer][0][head];
    }
  }
}

}  // namespace zoo
