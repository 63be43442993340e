// Arithmetic on plain arrays for the fused memory step. Private to the model.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace zoo::detail {

template <class Scalar>
Scalar dot(const Scalar* a, const Scalar* b, int64_t count) {
  Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

template <class Scalar>
void add_scaled(Scalar* to, Scalar factor, const Scalar* from, int64_t count) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

template <class Scalar>
Scalar sigmoid(Scalar x) {
  return 1 / (1 + std::exp(-x));
}

// Linear above 20, as torch::softplus.
template <class Scalar>
Scalar softplus(Scalar x) {
  return x > 20 ? x : std::log1p(std::exp(x));
}

template <class Scalar>
Scalar softplus_slope(Scalar x) {
  return x > 20 ? Scalar(1) : sigmoid(x);
}

// softmax(factor * x); `to` may be `x`.
template <class Scalar>
void softmax(const Scalar* x, Scalar factor, Scalar* to, int64_t count) {
  Scalar highest = factor * x[0];
  for (int64_t i = 1; i < count; ++i) highest = std::max(highest, factor * x[i]);
  Scalar sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += to[i] = std::exp(factor * x[i] - highest);
  for (int64_t i = 0; i < count; ++i) to[i] /= sum;
}

// From the gradient of y = softmax(z) to that of z.
template <class Scalar>
void softmax_backward(const Scalar* y, const Scalar* y_gradient, Scalar* z_gradient,
                      int64_t count) {
  const Scalar mean = dot(y, y_gradient, count);
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) z_gradient[i] = y[i] * (y_gradient[i] - mean);
}

}  // namespace zoo::detail
