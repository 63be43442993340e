#include "zoo/models/padded_sequences/padding.h"

#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

Padding::Padding(const Tensor& there) : outer_(there.size(0)), inner_(there.size(1)) {
  if (!there.all().item<bool>()) rows_ = there.flatten().nonzero().squeeze(1);
}

Tensor Padding::strip(const Tensor& padded) const {
  if (!rows_.defined()) return padded;
  return padded.flatten(0, 1).index_select(0, rows_.to(padded.device()));
}

Tensor Padding::restore(const Tensor& steps) const {
  return rows_.defined() ? unpack(steps, rows_.to(steps.device()), outer_, inner_) : steps;
}

}  // namespace zoo
