#include "zoo/models/padded_sequences/padding.h"

#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

Padding::Padding(const Tensor& there, const torch::Device& device)
    : outer_(there.size(0)), inner_(there.size(1)) {
  if (!there.all().item<bool>()) rows_ = there.flatten().nonzero().squeeze(1).to(device);
}

Tensor Padding::strip(const Tensor& padded) const {
  return none() ? padded : padded.flatten(0, 1).index_select(0, rows_);
}

Tensor Padding::restore(const Tensor& steps) const {
  return none() ? steps : unpack(steps, rows_, outer_, inner_);
}

}  // namespace zoo
