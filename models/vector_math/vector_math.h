// Elementary functions that a compiler turns into vectors of the processor.
//
// For the inner loops of kernels alone. Their files are named in CMake by `zoo_vector_kernels`, and
// each function that holds such a loop is marked ZOO_EACH_PROCESSOR. (`panel_kernel` spells its
// vectors out and does neither.)
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

/// One version of a function for each generation of processors, chosen when the program starts.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ZOO_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ZOO_EACH_PROCESSOR
#endif

/// A function that takes the vectors of whoever calls it.
#define ZOO_INLINE_KERNEL __attribute__((always_inline)) inline

namespace zoo::detail {

/// exp(x) for x <= 0 within 1.5e-7 of it, as 2^n exp(r) with |r| <= log(2) / 2; below -80 that of
/// -80.
ZOO_INLINE_KERNEL float exp_of(float x) {
  // log(2) in two parts (Cody and Waite 1980): n times the first is exact, so r is.
  constexpr float kLog2 = 0.693359375F, kLog2Rest = -2.12194440e-4F, kPerLog2 = 1.442695041F;
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
  constexpr float kRounder = 12582912.0F;
  const float bounded = x < -80 ? -80.0F : x;
  const float rounded = bounded * kPerLog2 + kRounder;
  const float n = rounded - kRounder;
  const float r = (bounded - n * kLog2) - n * kLog2Rest;
  const float above_second =
      1 / 6.0F + r * (1 / 24.0F + r * (1 / 120.0F + r * (1 / 720.0F + r / 5040)));
  const float series = 1 + r * (1 + r * (1 / 2.0F + r * above_second));
  const auto power = (std::bit_cast<uint32_t>(rounded) + 127U) << 23;
  return series * std::bit_cast<float>(power);
}

ZOO_INLINE_KERNEL double exp_of(double x) { return std::exp(x); }

/// tanh(x) within 2e-7.
ZOO_INLINE_KERNEL float tanh_of(float x) {
  const float size = std::fabs(x);
  const float e = exp_of(-2 * (size > 10 ? 10.0F : size));  // beyond 10 it is 1
  return std::copysign((1 - e) / (1 + e), x);
}

ZOO_INLINE_KERNEL double tanh_of(double x) { return std::tanh(x); }

/// 1 / (1 + exp(-x)) within 2e-7.
template <class Scalar>
ZOO_INLINE_KERNEL Scalar sigmoid_of(Scalar x) {
  const Scalar e = exp_of(-std::fabs(x));
  const Scalar small = e / (1 + e);  // of -|x|
  return x < 0 ? small : 1 - small;
}

/// The same, for tests to look at.
float quick_exp(float x);
float quick_tanh(float x);
float quick_sigmoid(float x);

}  // namespace zoo::detail
