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

template <class Scalar>
void memory_forward(const HeadLayout& layout, int64_t rows, const MemoryInputs<Scalar>& input,
                    const MemoryTape<Scalar>& tape, const MemoryOutputs<Scalar>& output);

/// `output` holds gradients of the outputs on entry; `gradient`, zero on entry, those of the
/// inputs on return. `weights` are those that the forward pass put out.
template <class Scalar>
struct MemoryGradients {
  const Scalar* memory_output;   // [N, M]
  const Scalar* weights_output;  // [K, N]
  const Scalar* reads_output;    // [R, M]
  Scalar* emitted;               // [P]
  Scalar* memory;                // [N, M]
  Scalar* weights;               // [K, N]
};

template <class Scalar>
void memory_backward(const HeadLayout& layout, int64_t rows, const MemoryInputs<Scalar>& input,
                     const MemoryTape<Scalar>& tape, const Scalar* weights,
                     const MemoryGradients<Scalar>& gradient);

}  // namespace zoo::detail
