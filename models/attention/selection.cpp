#include "zoo/models/attention/selection.h"

namespace zoo {

using torch::Tensor;

torch::Tensor select_places(const Tensor& weights, Selection selection) {
  if (selection == Selection::kSoft) return weights;
  const Tensor known = weights.detach();
  const Tensor below = known.cumsum(-1);  // [..., S]
  const Tensor total = below.narrow(-1, below.size(-1) - 1, 1);
  const Tensor place =
      selection == Selection::kLargest
          ? known.argmax(-1, /*keepdim=*/true)
          // The first place up to which there is a random share, above 0, of the sum.
          : below.ge((1 - torch::rand_like(total)) * total).to(torch::kLong).argmax(-1, true);
  return torch::zeros_like(known).scatter_(-1, place, 1).mul_(total > 0);
}

}  // namespace zoo
