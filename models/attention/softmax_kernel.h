// The softmax of one row on a plain array, for the inner loops of other kernels.
#pragma once

#include <algorithm>
#include <cstdint>

#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {

/// `values` [count], one at least, become their softmax.
template <class Scalar>
ZOO_INLINE_KERNEL void softmax_in_place(Scalar* values, int64_t count) {
  const Scalar largest = *std::max_element(values, values + count);
  Scalar sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    values[i] = exp_of(values[i] - largest);
    sum += values[i];
  }
  for (int64_t i = 0; i < count; ++i) values[i] /= sum;
}

}  // namespace zoo::detail
