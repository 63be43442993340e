// Which tensors kernels of ours take.
#pragma once

#include <torch/types.h>

namespace zoo {

/// Whether that is so for this one: float32 or float64 on the CPU, and no autocast, of which own
/// nodes of the graph know nothing.
bool can_fuse(const torch::Tensor& tensor);

}  // namespace zoo
