// The inner loops of the gated unit on plain arrays, one example at a time. Private to kernels.
#pragma once

#include <cstdint>

namespace zoo::detail {

/// `gates` [2 H], z and r before their sigmoid, become z and r; `reset` [H] becomes r * state.
void open_gates(float* gates, const float* state, float* reset, int64_t units);
void open_gates(double* gates, const double* state, double* reset, int64_t units);

/// `candidate` [H] becomes its tanh; `next` [H] becomes (1 - z) * state + z * candidate.
void pass_gates(float* candidate, const float* update, const float* state, float* next,
                int64_t units);
void pass_gates(double* candidate, const double* update, const double* state, double* next,
                int64_t units);

/// The gradients of `pass_gates` from those of `next`: of z and of the candidate before their
/// functions, and of the state, as far as it goes there directly.
template <class Scalar>
struct PassGradients {
  Scalar* of_update;
  Scalar* of_candidate;
  Scalar* of_state;
};
void pass_gates_back(const float* update, const float* candidate, const float* state,
                     const float* of_next, int64_t units, const PassGradients<float>& to);
void pass_gates_back(const double* update, const double* candidate, const double* state,
                     const double* of_next, int64_t units, const PassGradients<double>& to);

/// The gradient of r before its sigmoid, from that of r * state; what belongs to the state is
/// added.
void reset_gate_back(const float* reset_gate, const float* state, const float* of_reset,
                     int64_t units, float* of_gate, float* of_state);
void reset_gate_back(const double* reset_gate, const double* state, const double* of_reset,
                     int64_t units, double* of_gate, double* of_state);

}  // namespace zoo::detail
