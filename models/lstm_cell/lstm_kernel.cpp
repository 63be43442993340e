#include "zoo/models/lstm_cell/lstm_kernel.h"

#include "zoo/models/vector_math/vector_math.h"

namespace zoo::detail {
namespace {

template <class Scalar>
ZOO_INLINE_KERNEL void step_forward(Scalar* gates, const Scalar* bias, const Scalar* cell,
                                    Scalar* next_cell, Scalar* hidden, int64_t units) {
  Scalar *input = gates, *forget = gates + units, *candidate = gates + 2 * units,
         *output = gates + 3 * units;
#pragma omp simd
  for (int64_t j = 0; j < units; ++j) {
    const Scalar i = sigmoid_of(input[j] + bias[j]), f = sigmoid_of(forget[j] + bias[units + j]),
                 g = tanh_of(candidate[j] + bias[2 * units + j]),
                 o = sigmoid_of(output[j] + bias[3 * units + j]);
    const Scalar next = f * cell[j] + i * g;
    input[j] = i;
    forget[j] = f;
    candidate[j] = g;
    output[j] = o;
    next_cell[j] = next;
    hidden[j] = o * tanh_of(next);
  }
}

template <class Scalar>
ZOO_INLINE_KERNEL void step_back(const LstmStep<Scalar>& step, const Scalar* of_hidden,
                                 const Scalar* of_next_cell, Scalar* of_cell, Scalar* of_gates,
                                 int64_t units) {
  const Scalar *gates = step.gates, *cell = step.cell, *next_cell = step.next_cell;
#pragma omp simd
  for (int64_t j = 0; j < units; ++j) {
    const Scalar i = gates[j], f = gates[units + j], g = gates[2 * units + j],
                 o = gates[3 * units + j];
    const Scalar squashed = tanh_of(next_cell[j]);
    const Scalar of_next = of_next_cell[j] + of_hidden[j] * o * (1 - squashed * squashed);
    of_gates[j] = of_next * g * i * (1 - i);
    of_gates[units + j] = of_next * cell[j] * f * (1 - f);
    of_gates[2 * units + j] = of_next * i * (1 - g * g);
    of_gates[3 * units + j] = of_hidden[j] * squashed * o * (1 - o);
    of_cell[j] += of_next * f;
  }
}

}  // namespace

ZOO_EACH_PROCESSOR void step_lstm(float* gates, const float* bias, const float* cell,
                                  float* next_cell, float* hidden, int64_t units) {
  step_forward(gates, bias, cell, next_cell, hidden, units);
}

void step_lstm(double* gates, const double* bias, const double* cell, double* next_cell,
               double* hidden, int64_t units) {
  step_forward(gates, bias, cell, next_cell, hidden, units);
}

ZOO_EACH_PROCESSOR void step_lstm_back(const LstmStep<float>& step, const float* of_hidden,
                                       const float* of_next_cell, float* of_cell, float* of_gates,
                                       int64_t units) {
  step_back(step, of_hidden, of_next_cell, of_cell, of_gates, units);
}

void step_lstm_back(const LstmStep<double>& step, const double* of_hidden,
                    const double* of_next_cell, double* of_cell, double* of_gates, int64_t units) {
  step_back(step, of_hidden, of_next_cell, of_cell, of_gates, units);
}

}  // namespace zoo::detail
