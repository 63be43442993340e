// The inner loops of an LSTM cell on plain arrays, one example at a time. Private to kernels.
#pragma once

#include <cstdint>

namespace zoo::detail {

/// `gates` [4 N], i, f, o and c^ before their functions, become those; `cell` [N] becomes
/// f * before + i * c^, `hidden` [N] becomes o * tanh(cell).
void open_cell(float* gates, const float* before, float* cell, float* hidden, int64_t units);
void open_cell(double* gates, const double* before, double* cell, double* hidden, int64_t units);

/// The gradients of `open_cell` from those of its results: of the gates before their functions
/// [4 N] and of `before` [N].
template <class Scalar>
struct CellGradients {
  const Scalar* of_cell;
  const Scalar* of_hidden;
  Scalar* of_gates;
  Scalar* of_before;
};
void open_cell_back(const float* gates, const float* before, const float* cell, int64_t units,
                    const CellGradients<float>& gradients);
void open_cell_back(const double* gates, const double* before, const double* cell, int64_t units,
                    const CellGradients<double>& gradients);

}  // namespace zoo::detail
