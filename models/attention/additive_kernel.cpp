#include "zoo/models/attention/additive_kernel.h"

#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

template <class Scalar>
ZOO_INLINE_KERNEL Scalar score_of(const Scalar* query, const Scalar* key, const Scalar* vector,
                                  int64_t units) {
  Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t a = 0; a < units; ++a) sum += vector[a] * tanh_of(query[a] + key[a]);
  return sum;
}

template <class Scalar>
ZOO_INLINE_KERNEL void add_gradients_of(const Scalar* query, const Scalar* key,
                                        const Scalar* vector, int64_t units, Scalar score,
                                        const AdditiveGradients<Scalar>& to) {
  Scalar *of_query = to.query, *of_key = to.key, *of_vector = to.vector;
#pragma omp simd
  for (int64_t a = 0; a < units; ++a) {
    const Scalar unit = tanh_of(query[a] + key[a]);
    const Scalar slope = score * vector[a] * (1 - unit * unit);  // tanh' = 1 - tanh^2
    of_query[a] += slope;
    of_key[a] += slope;
    of_vector[a] += score * unit;
  }
}

}  // namespace

ZOO_EACH_PROCESSOR float additive_score(const float* query, const float* key, const float* vector,
                                        int64_t units) {
  return score_of(query, key, vector, units);
}

double additive_score(const double* query, const double* key, const double* vector, int64_t units) {
  return score_of(query, key, vector, units);
}

ZOO_EACH_PROCESSOR void add_additive_gradients(const float* query, const float* key,
                                               const float* vector, int64_t units, float score,
                                               const AdditiveGradients<float>& to) {
  add_gradients_of(query, key, vector, units, score, to);
}

void add_additive_gradients(const double* query, const double* key, const double* vector,
                            int64_t units, double score, const AdditiveGradients<double>& to) {
  add_gradients_of(query, key, vector, units, score, to);
}

}  // namespace zoo::detail
