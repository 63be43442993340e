#include "zoo/trainers/tasks/sequence_nats.h"

#include "zoo/models/cross_entropy/linear_cross_entropy.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

torch::Tensor sequence_nats(const torch::Tensor& features, const torch::nn::LinearImpl& output,
                            const torch::Tensor& targets, const torch::Tensor& lengths,
                            double smoothing) {
  const auto counts = length_mask(lengths, targets.size(1));  // [B, T]
  auto all = features.flatten(0, 1);                          // [B T, D]
  auto chosen = targets.flatten();
  if (!counts.all().item<bool>()) {
    const auto steps = counts.flatten().nonzero().squeeze(1).to(features.device());
    all = all.index_select(0, steps);
    chosen = chosen.index_select(0, steps);
  }
  return linear_cross_entropy(all, output.weight, output.bias, chosen, smoothing);
}

}  // namespace zoo
