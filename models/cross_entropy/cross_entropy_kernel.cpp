#include "zoo/models/cross_entropy/cross_entropy_kernel.h"

#include <cmath>
#include <type_traits>

#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

template <class Scalar>
struct RowSums {
  Scalar largest;
  Scalar logits;  // sum of the logits
  Scalar powers;  // sum of exp(logit - largest)
};

// Of logits that may be written each becomes its power.
template <class Logit>
ZOO_INLINE_KERNEL RowSums<std::remove_const_t<Logit>> sums_of(Logit* logits, int64_t symbols) {
  std::remove_const_t<Logit> largest = logits[0], sum = 0, powers = 0;
#pragma omp simd reduction(max : largest) reduction(+ : sum)
  for (int64_t v = 0; v < symbols; ++v) {
    largest = logits[v] > largest ? logits[v] : largest;
    sum += logits[v];
  }
#pragma omp simd reduction(+ : powers)
  for (int64_t v = 0; v < symbols; ++v) {
    const auto power = exp_of(logits[v] - largest);
    if constexpr (!std::is_const_v<Logit>) logits[v] = power;
    powers += power;
  }
  return {largest, sum, powers};
}

// -(1 - e) log p(target) - e mean over v of log p(v), with log p(v) = logit - largest - log powers.
template <class Scalar>
ZOO_INLINE_KERNEL Scalar loss_of(const RowSums<Scalar>& sums, Scalar target, int64_t symbols,
                                 Scalar smoothing) {
  const Scalar normaliser = sums.largest + std::log(sums.powers);
  return normaliser - (1 - smoothing) * target -
         smoothing * sums.logits / static_cast<Scalar>(symbols);
}

template <class Scalar>
ZOO_INLINE_KERNEL Scalar loss_and_gradients_of(Scalar* logits, int64_t symbols, int64_t target,
                                               Scalar smoothing) {
  const Scalar logit = logits[target];
  const auto sums = sums_of(logits, symbols);
  const Scalar scale = 1 / sums.powers, share = smoothing / static_cast<Scalar>(symbols);
#pragma omp simd
  for (int64_t v = 0; v < symbols; ++v) logits[v] = logits[v] * scale - share;
  logits[target] -= 1 - smoothing;
  return loss_of(sums, logit, symbols, smoothing);
}

template <class Scalar>
ZOO_INLINE_KERNEL void add_to(const Scalar* row, int64_t symbols, Scalar* sum) {
#pragma omp simd
  for (int64_t v = 0; v < symbols; ++v) sum[v] += row[v];
}

}  // namespace

ZOO_EACH_PROCESSOR float row_cross_entropy(const float* logits, int64_t symbols, int64_t target,
                                           float smoothing) {
  return loss_of(sums_of(logits, symbols), logits[target], symbols, smoothing);
}

double row_cross_entropy(const double* logits, int64_t symbols, int64_t target, double smoothing) {
  return loss_of(sums_of(logits, symbols), logits[target], symbols, smoothing);
}

ZOO_EACH_PROCESSOR float row_cross_entropy_gradients(float* logits, int64_t symbols, int64_t target,
                                                     float smoothing) {
  return loss_and_gradients_of(logits, symbols, target, smoothing);
}

double row_cross_entropy_gradients(double* logits, int64_t symbols, int64_t target,
                                   double smoothing) {
  return loss_and_gradients_of(logits, symbols, target, smoothing);
}

ZOO_EACH_PROCESSOR void add_row(const float* row, int64_t symbols, float* sum) {
  add_to(row, symbols, sum);
}

void add_row(const double* row, int64_t symbols, double* sum) { add_to(row, symbols, sum); }

}  // namespace zoo::detail
