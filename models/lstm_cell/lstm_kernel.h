// The inner loops of the LSTM on plain arrays, one example at a time. Private to kernels.
#pragma once

#include <cstdint>

namespace zoo::detail {

/// `gates` [4 H], i, f, g and o before bias [4 H] and functions, become what they are after;
/// `next_cell` [H] becomes f * cell + i * g, `hidden` [H] o * tanh(next_cell).
void step_lstm(float* gates, const float* bias, const float* cell, float* next_cell, float* hidden,
               int64_t units);
void step_lstm(double* gates, const double* bias, const double* cell, double* next_cell,
               double* hidden, int64_t units);

/// What one step of one example left behind.
template <class Scalar>
struct LstmStep {
  const Scalar* gates;      ///< after their functions
  const Scalar* cell;       ///< before the step
  const Scalar* next_cell;  ///< after it
};

/// The gradients of `step_lstm` from those of `hidden` and `next_cell` [H]. That of `cell` is added
/// to `of_cell` [H]; `of_gates` [4 H] becomes that of the gates before their functions.
void step_lstm_back(const LstmStep<float>& step, const float* of_hidden, const float* of_next_cell,
                    float* of_cell, float* of_gates, int64_t units);
void step_lstm_back(const LstmStep<double>& step, const double* of_hidden,
                    const double* of_next_cell, double* of_cell, double* of_gates, int64_t units);

}  // namespace zoo::detail
