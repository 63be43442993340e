#include "zoo/trainers/tasks/sequence_nats.h"

#include "zoo/models/cross_entropy/linear_cross_entropy.h"
#include "zoo/models/padded_sequences/padded_sequences.h"
#include "zoo/models/padded_sequences/padding.h"

namespace zoo {

torch::Tensor sequence_nats(const torch::Tensor& features, const torch::nn::LinearImpl& output,
                            const torch::Tensor& targets, const torch::Tensor& lengths,
                            double smoothing) {
  const Padding padding(length_mask(lengths, targets.size(1)), features.device());
  return linear_cross_entropy(padding.strip(features).flatten(0, -2), output.weight, output.bias,
                              padding.strip(targets).flatten(), smoothing);
}

}  // namespace zoo
