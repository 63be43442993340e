#include "zoo/models/vector_math/can_fuse.h"

#include <ATen/autocast_mode.h>

namespace zoo {

bool can_fuse(const torch::Tensor& tensor) {
  return tensor.is_cpu() && !at::autocast::is_autocast_enabled(at::kCPU) &&
         (tensor.scalar_type() == torch::kFloat || tensor.scalar_type() == torch::kDouble);
}

}  // namespace zoo
