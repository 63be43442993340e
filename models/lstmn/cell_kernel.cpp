#include "zoo/models/lstmn/cell_kernel.h"

#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

template <class Scalar>
ZOO_INLINE_KERNEL void open_all(Scalar* gates, const Scalar* before, Scalar* cell, Scalar* hidden,
                                int64_t units) {
  Scalar *enter = gates, *keep = gates + units, *leave = gates + 2 * units,
         *candidate = gates + 3 * units;
#pragma omp simd
  for (int64_t i = 0; i < 3 * units; ++i) gates[i] = sigmoid_of(gates[i]);
#pragma omp simd
  for (int64_t i = 0; i < units; ++i) {
    candidate[i] = tanh_of(candidate[i]);
    cell[i] = keep[i] * before[i] + enter[i] * candidate[i];
    hidden[i] = leave[i] * tanh_of(cell[i]);
  }
}

template <class Scalar>
ZOO_INLINE_KERNEL void open_all_back(const Scalar* gates, const Scalar* before, const Scalar* cell,
                                     int64_t units, const CellGradients<Scalar>& gradients) {
  const Scalar *enter = gates, *keep = gates + units, *leave = gates + 2 * units,
               *candidate = gates + 3 * units;
  const Scalar *from_cell = gradients.of_cell, *from_hidden = gradients.of_hidden;
  Scalar *of_enter = gradients.of_gates, *of_keep = of_enter + units,
         *of_leave = of_enter + 2 * units, *of_candidate = of_enter + 3 * units,
         *of_before = gradients.of_before;
#pragma omp simd
  for (int64_t i = 0; i < units; ++i) {
    const Scalar n = enter[i], k = keep[i], l = leave[i], c = candidate[i];
    const Scalar squashed = tanh_of(cell[i]);
    const Scalar of_cell = from_cell[i] + from_hidden[i] * l * (1 - squashed * squashed);
    of_enter[i] = of_cell * c * n * (1 - n);
    of_keep[i] = of_cell * before[i] * k * (1 - k);
    of_leave[i] = from_hidden[i] * squashed * l * (1 - l);
    of_candidate[i] = of_cell * n * (1 - c * c);
    of_before[i] = of_cell * k;
  }
}

}  // namespace

ZOO_EACH_PROCESSOR void open_cell(float* gates, const float* before, float* cell, float* hidden,
                                  int64_t units) {
  open_all(gates, before, cell, hidden, units);
}

void open_cell(double* gates, const double* before, double* cell, double* hidden, int64_t units) {
  open_all(gates, before, cell, hidden, units);
}

ZOO_EACH_PROCESSOR void open_cell_back(const float* gates, const float* before, const float* cell,
                                       int64_t units, const CellGradients<float>& gradients) {
  open_all_back(gates, before, cell, units, gradients);
}

void open_cell_back(const double* gates, const double* before, const double* cell, int64_t units,
                    const CellGradients<double>& gradients) {
  open_all_back(gates, before, cell, units, gradients);
}

}  // namespace zoo::detail
