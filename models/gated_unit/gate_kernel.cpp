#include "zoo/models/gated_unit/gate_kernel.h"

#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

template <class Scalar>
ZOO_INLINE_KERNEL void open(Scalar* gates, const Scalar* state, Scalar* reset, int64_t units) {
#pragma omp simd
  for (int64_t i = 0; i < 2 * units; ++i) gates[i] = sigmoid_of(gates[i]);
#pragma omp simd
  for (int64_t i = 0; i < units; ++i) reset[i] = gates[units + i] * state[i];
}

template <class Scalar>
ZOO_INLINE_KERNEL void pass(Scalar* candidate, const Scalar* update, const Scalar* state,
                            Scalar* next, int64_t units) {
#pragma omp simd
  for (int64_t i = 0; i < units; ++i) {
    candidate[i] = tanh_of(candidate[i]);
    next[i] = state[i] + update[i] * (candidate[i] - state[i]);
  }
}

template <class Scalar>
ZOO_INLINE_KERNEL void pass_back(const Scalar* update, const Scalar* candidate, const Scalar* state,
                                 const Scalar* of_next, int64_t units,
                                 const PassGradients<Scalar>& to) {
  Scalar *of_update = to.of_update, *of_candidate = to.of_candidate, *of_state = to.of_state;
#pragma omp simd
  for (int64_t i = 0; i < units; ++i) {
    const Scalar z = update[i], c = candidate[i], gradient = of_next[i];
    of_update[i] = gradient * (c - state[i]) * z * (1 - z);
    of_candidate[i] = gradient * z * (1 - c * c);
    of_state[i] = gradient * (1 - z);
  }
}

template <class Scalar>
ZOO_INLINE_KERNEL void reset_back(const Scalar* reset_gate, const Scalar* state,
                                  const Scalar* of_reset, int64_t units, Scalar* of_gate,
                                  Scalar* of_state) {
#pragma omp simd
  for (int64_t i = 0; i < units; ++i) {
    const Scalar r = reset_gate[i];
    of_gate[i] = of_reset[i] * state[i] * r * (1 - r);
    of_state[i] += of_reset[i] * r;
  }
}

}  // namespace

ZOO_EACH_PROCESSOR void open_gates(float* gates, const float* state, float* reset, int64_t units) {
  open(gates, state, reset, units);
}

void open_gates(double* gates, const double* state, double* reset, int64_t units) {
  open(gates, state, reset, units);
}

ZOO_EACH_PROCESSOR void pass_gates(float* candidate, const float* update, const float* state,
                                   float* next, int64_t units) {
  pass(candidate, update, state, next, units);
}

void pass_gates(double* candidate, const double* update, const double* state, double* next,
                int64_t units) {
  pass(candidate, update, state, next, units);
}

ZOO_EACH_PROCESSOR void pass_gates_back(const float* update, const float* candidate,
                                        const float* state, const float* of_next, int64_t units,
                                        const PassGradients<float>& to) {
  pass_back(update, candidate, state, of_next, units, to);
}

void pass_gates_back(const double* update, const double* candidate, const double* state,
                     const double* of_next, int64_t units, const PassGradients<double>& to) {
  pass_back(update, candidate, state, of_next, units, to);
}

ZOO_EACH_PROCESSOR void reset_gate_back(const float* reset_gate, const float* state,
                                        const float* of_reset, int64_t units, float* of_gate,
                                        float* of_state) {
  reset_back(reset_gate, state, of_reset, units, of_gate, of_state);
}

void reset_gate_back(const double* reset_gate, const double* state, const double* of_reset,
                     int64_t units, double* of_gate, double* of_state) {
  reset_back(reset_gate, state, of_reset, units, of_gate, of_state);
}

}  // namespace zoo::detail
