// One time step of the memory on plain arrays, forward and backward. Private to the model.
#pragma once

#include <cstdint>

#include "zoo/models/neural_turing_machine/memory.h"

namespace zoo::detail {

/// The arrays of one example, as in `MemoryState`; lengths in the comments.
template <class Scalar>
struct MemoryInputs {
  const Scalar* emitted;  // [P]
  const Scalar* memory;   // [N, M]
  const Scalar* weights;  // [K, N] of the step before
};

template <class Scalar>
struct MemoryOutputs {
  Scalar* memory;   // [N, M]
  Scalar* weights;  // [K, N]
  Scalar* reads;    // [R, M]
};

/// What the backward pass needs beside inputs and outputs.
template <class Scalar>
struct MemoryTape {
  Scalar* similarity;  // [K, N] eq. 6
  Scalar* content;     // [K, N] eq. 5
  Scalar* rotated;     // [K, N] eq. 8
};

void memory_forward(const HeadLayout& layout, int64_t rows, const MemoryInputs<float>& input,
                    const MemoryTape<float>& tape, const MemoryOutputs<float>& output);
void memory_forward(const HeadLayout& layout, int64_t rows, const MemoryInputs<double>& input,
                    const MemoryTape<double>& tape, const MemoryOutputs<double>& output);

/// Gradients of the outputs, and room for those of the inputs: `weights` zero on entry.
template <class Scalar>
struct MemoryGradients {
  const Scalar* memory_output;   // [N, M]
  const Scalar* weights_output;  // [K, N]
  const Scalar* reads_output;    // [R, M]
  Scalar* emitted;               // [P]
  Scalar* memory;                // [N, M]
  Scalar* weights;               // [K, N]
};

/// `weights` [K, N] are those that the forward pass put out.
void memory_backward(const HeadLayout& layout, int64_t rows, const MemoryInputs<float>& input,
                     const MemoryTape<float>& tape, const float* weights,
                     const MemoryGradients<float>& gradient);
void memory_backward(const HeadLayout& layout, int64_t rows, const MemoryInputs<double>& input,
                     const MemoryTape<double>& tape, const double* weights,
                     const MemoryGradients<double>& gradient);

}  // namespace zoo::detail
