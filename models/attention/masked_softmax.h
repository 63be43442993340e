// Softmax over what may be attended to.
#pragma once

#include <torch/types.h>

namespace zoo {

/// Softmax over the last axis, of the places where `mask` is true; the others get 0. A row without
/// a place gets 0 throughout, with finite gradients, where the plain softmax gives NaN.
///
/// scores  [..., S] floating point
/// mask    [..., S] bool, of the same shape or broadcastable to it
torch::Tensor masked_softmax(const torch::Tensor& scores, const torch::Tensor& mask);

}  // namespace zoo
