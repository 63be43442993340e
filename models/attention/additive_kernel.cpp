#include "zoo/models/attention/additive_kernel.h"

#include <bit>
#include <cmath>

// One version of a function for each generation of processors, chosen when the program starts:
// tanh costs most of the time, and the widest vectors pay off.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ZOO_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ZOO_EACH_PROCESSOR
#endif

namespace zoo::detail {
namespace {

// exp(x) for -40 <= x <= 0, as 2^n exp(r) with |r| <= log(2) / 2.
__attribute__((always_inline)) inline float quick_exp(float x) {
  constexpr float kLog2 = 0.6931471806F, kPerLog2 = 1.442695041F;
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
  constexpr float kRounder = 12582912.0F;
  const float rounded = x * kPerLog2 + kRounder;
  const float r = x - (rounded - kRounder) * kLog2;
  const float series =
      1 + r * (1 + r * (1 / 2.0F + r * (1 / 6.0F + r * (1 / 24.0F + r * (1 / 120.0F + r / 720)))));
  const auto power = (std::bit_cast<uint32_t>(rounded) + 127U) << 23;
  return series * std::bit_cast<float>(power);
}

__attribute__((always_inline)) inline float tanh_of(float x) {
  const float size = std::fabs(x);
  const float e = quick_exp(-2 * (size > 10 ? 10.0F : size));  // beyond 10 it is 1
  return std::copysign((1 - e) / (1 + e), x);
}

__attribute__((always_inline)) inline double tanh_of(double x) { return std::tanh(x); }

template <class Scalar>
__attribute__((always_inline)) inline Scalar score_of(const Scalar* query, const Scalar* key,
                                                      const Scalar* vector, int64_t units) {
  Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t a = 0; a < units; ++a) sum += vector[a] * tanh_of(query[a] + key[a]);
  return sum;
}

template <class Scalar>
__attribute__((always_inline)) inline void add_gradients_of(const Scalar* query, const Scalar* key,
                                                            const Scalar* vector, int64_t units,
                                                            Scalar score,
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

float quick_tanh(float x) { return tanh_of(x); }

}  // namespace zoo::detail
