#include "zoo/models/attention/masked_softmax.h"

#include <limits>

namespace zoo {

torch::Tensor masked_softmax(const torch::Tensor& scores, const torch::Tensor& mask) {
  const auto nowhere = mask.any(-1, /*keepdim=*/true).logical_not();
  // A row without a place is given all places, then zeroed: nothing that is not finite comes up,
  // which a gradient of zero would turn into NaN.
  const auto weights = scores
                           .masked_fill(torch::logical_or(mask, nowhere).logical_not(),
                                        -std::numeric_limits<double>::infinity())
                           .softmax(-1);
  return weights.masked_fill(nowhere, 0);
}

}  // namespace zoo
