#include "zoo/models/attention/attend_kernel.h"

#include <algorithm>

#include "zoo/models/attention/additive_kernel.h"
#include "zoo/models/attention/softmax_kernel.h"
#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

template <class Scalar>
ZOO_INLINE_KERNEL void attend_to(const Places<Scalar>& to, const Scalar* query, Scalar* weights,
                                 Scalar* context) {
  for (int64_t s = 0; s < to.places; ++s) {
    weights[s] = additive_score(query, to.keys + s * to.key_stride, to.vector, to.units);
  }
  softmax_in_place(weights, to.places);
  std::fill_n(context, to.features, Scalar(0));
  for (int64_t s = 0; s < to.places; ++s) {
    const Scalar* value = to.values + s * to.value_stride;
    const Scalar weight = weights[s];
#pragma omp simd
    for (int64_t i = 0; i < to.features; ++i) context[i] += weight * value[i];
  }
}

template <class Scalar>
ZOO_INLINE_KERNEL void attend_to_back(const Places<Scalar>& to, const Scalar* query,
                                      const Scalar* weights, const Scalar* of_context,
                                      Scalar* scratch, const AttendGradients<Scalar>& gradients) {
  Scalar mean = 0;  // of the gradients of the weights, as they are weighted
  for (int64_t s = 0; s < to.places; ++s) {
    const Scalar* value = to.values + s * to.value_stride;
    Scalar* of_value = gradients.values + s * to.value_stride;
    const Scalar weight = weights[s];
    Scalar product = 0;
#pragma omp simd reduction(+ : product)
    for (int64_t i = 0; i < to.features; ++i) {
      product += of_context[i] * value[i];
      of_value[i] += weight * of_context[i];
    }
    scratch[s] = product;
    mean += weight * product;
  }
  for (int64_t s = 0; s < to.places; ++s) {
    const Scalar of_score = weights[s] * (scratch[s] - mean);
    add_additive_gradients(query, to.keys + s * to.key_stride, to.vector, to.units, of_score,
                           {gradients.query, gradients.keys + s * to.key_stride, gradients.vector});
  }
}

}  // namespace

ZOO_EACH_PROCESSOR void attend(const Places<float>& to, const float* query, float* weights,
                               float* context) {
  attend_to(to, query, weights, context);
}

void attend(const Places<double>& to, const double* query, double* weights, double* context) {
  attend_to(to, query, weights, context);
}

ZOO_EACH_PROCESSOR void attend_back(const Places<float>& to, const float* query,
                                    const float* weights, const float* of_context, float* scratch,
                                    const AttendGradients<float>& gradients) {
  attend_to_back(to, query, weights, of_context, scratch, gradients);
}

void attend_back(const Places<double>& to, const double* query, const double* weights,
                 const double* of_context, double* scratch,
                 const AttendGradients<double>& gradients) {
  attend_to_back(to, query, weights, of_context, scratch, gradients);
}

}  // namespace zoo::detail
