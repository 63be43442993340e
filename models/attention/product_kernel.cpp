#include "zoo/models/attention/product_kernel.h"

#include <algorithm>

#include "zoo/models/attention/softmax_kernel.h"
#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

template <class Scalar>
ZOO_INLINE_KERNEL Scalar product(const Scalar* a, const Scalar* b, int64_t count) {
  Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

// to += factor * from
template <class Scalar>
ZOO_INLINE_KERNEL void add_scaled(Scalar factor, const Scalar* from, int64_t count, Scalar* to) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

template <class Scalar>
ZOO_INLINE_KERNEL Scalar gaussian(const Window<Scalar>& to, int64_t place) {
  const Scalar distance = static_cast<Scalar>(place) - to.centre;
  return exp_of(-to.precision * distance * distance);
}

template <class Scalar>
ZOO_INLINE_KERNEL void attend_to_window(const Window<Scalar>& to, const Scalar* query,
                                        Scalar* weights, Scalar* context) {
  std::fill_n(context, to.features, Scalar(0));
  if (to.places == 0) return;
  for (int64_t s = 0; s < to.places; ++s) {
    weights[s] = product(query, to.keys + s * to.key_stride, to.units);
  }
  softmax_in_place(weights, to.places);
  for (int64_t s = 0; s < to.places; ++s) {
    weights[s] *= gaussian(to, s);
    add_scaled(weights[s], to.values + s * to.value_stride, to.features, context);
  }
}

// With w the softmax, g the Gaussian and a = w g: the gradient of a score is a (of_a) - w mean.
template <class Scalar>
ZOO_INLINE_KERNEL Scalar attend_to_window_back(const Window<Scalar>& to, const Scalar* weights,
                                               const Scalar* of_context, Scalar* of_scores,
                                               Scalar* of_query) {
  Scalar mean = 0, of_centre = 0;
  for (int64_t s = 0; s < to.places; ++s) {
    const Scalar share =
        weights[s] * product(of_context, to.values + s * to.value_stride, to.features);
    of_scores[s] = share;
    mean += share;
    of_centre += share * 2 * to.precision * (static_cast<Scalar>(s) - to.centre);
  }
  for (int64_t s = 0; s < to.places; ++s) {
    of_scores[s] -= weights[s] / gaussian(to, s) * mean;
    add_scaled(of_scores[s], to.keys + s * to.key_stride, to.units, of_query);
  }
  return of_centre;
}

}  // namespace

ZOO_EACH_PROCESSOR void attend_by_product(const Window<float>& to, const float* query,
                                          float* weights, float* context) {
  attend_to_window(to, query, weights, context);
}

void attend_by_product(const Window<double>& to, const double* query, double* weights,
                       double* context) {
  attend_to_window(to, query, weights, context);
}

ZOO_EACH_PROCESSOR float attend_by_product_back(const Window<float>& to, const float* weights,
                                                const float* of_context, float* of_scores,
                                                float* of_query) {
  return attend_to_window_back(to, weights, of_context, of_scores, of_query);
}

double attend_by_product_back(const Window<double>& to, const double* weights,
                              const double* of_context, double* of_scores, double* of_query) {
  return attend_to_window_back(to, weights, of_context, of_scores, of_query);
}

}  // namespace zoo::detail
