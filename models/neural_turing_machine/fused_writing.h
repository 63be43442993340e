// Equations 3 and 4 on plain arrays, with their gradients. Private to the model.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "zoo/models/neural_turing_machine/fused_math.h"
#include "zoo/models/neural_turing_machine/fused_memory.h"

namespace zoo::detail {

// Erase and add vectors of the write heads.
template <class Scalar>
struct Writing {
  std::vector<Scalar> erase;  // [W, M]
  std::vector<Scalar> add;    // [W, M]

  Writing(const Scalar* emitted, const HeadLayout& layout) {
    const int64_t count = layout.write_heads * layout.columns;
    const Scalar* vectors = emitted + layout.heads() * layout.addressing();
    for (int64_t i = 0; i < count; ++i) erase.push_back(sigmoid(vectors[i]));
    for (int64_t i = 0; i < count; ++i) add.push_back(std::tanh(vectors[count + i]));
  }
};

// Eq. 3 and 4.
template <class Scalar>
void write(const Writing<Scalar>& writing, const HeadLayout& layout, int64_t rows,
           const Scalar* memory, const Scalar* weights, Scalar* written) {
  const int64_t columns = layout.columns;
  std::copy(memory, memory + rows * columns, written);
  for (int64_t i = 0; i < rows; ++i) {
    Scalar* row = written + i * columns;
    for (int64_t h = 0; h < layout.write_heads; ++h) {
      const Scalar weight = weights[h * rows + i];
      const Scalar* erase = writing.erase.data() + h * columns;
#pragma omp simd
      for (int64_t m = 0; m < columns; ++m) row[m] *= 1 - weight * erase[m];
    }
    for (int64_t h = 0; h < layout.write_heads; ++h) {
      add_scaled(row, weights[h * rows + i], writing.add.data() + h * columns, columns);
    }
  }
}

// Eq. 3 and 4 backwards, for one row. `kept` [W + 1, M] is scratch: the product of what the first
// h heads leave of the row.
template <class Scalar>
void write_row_backward(const Writing<Scalar>& writing, int64_t heads, int64_t columns,
                        int64_t rows, const Scalar* row, const Scalar* weights,
                        const Scalar* gradient, std::vector<Scalar>& kept,
                        Writing<Scalar>& writing_gradient, Scalar* row_gradient,
                        Scalar* weights_gradient) {
  std::copy(row, row + columns, kept.begin());
  for (int64_t h = 0; h < heads; ++h) {
    const Scalar weight = weights[h * rows];
    const Scalar* erase = writing.erase.data() + h * columns;
    for (int64_t m = 0; m < columns; ++m) {
      kept[(h + 1) * columns + m] = kept[h * columns + m] * (1 - weight * erase[m]);
    }
  }
  std::copy(gradient, gradient + columns, row_gradient);  // of what the later heads leave
  for (int64_t h = heads - 1; h >= 0; --h) {
    const Scalar weight = weights[h * rows];
    const Scalar* erase = writing.erase.data() + h * columns;
    Scalar* erase_gradient = writing_gradient.erase.data() + h * columns;
    Scalar weight_gradient = dot(gradient, writing.add.data() + h * columns, columns);
    add_scaled(writing_gradient.add.data() + h * columns, weight, gradient, columns);
    for (int64_t m = 0; m < columns; ++m) {
      const Scalar slope = row_gradient[m] * kept[h * columns + m];
      weight_gradient -= slope * erase[m];
      erase_gradient[m] -= slope * weight;
      row_gradient[m] *= 1 - weight * erase[m];
    }
    weights_gradient[h * rows] += weight_gradient;
  }
}

template <class Scalar>
void write_backward(const HeadLayout& layout, int64_t rows, const MemoryInputs<Scalar>& input,
                    const Scalar* write_weights, const Scalar* written_gradient,
                    Scalar* memory_gradient, Scalar* weights_gradient, Scalar* emitted_gradient) {
  const int64_t columns = layout.columns;
  const int64_t count = layout.write_heads * columns;
  const Writing<Scalar> writing(input.emitted, layout);
  Writing<Scalar> gradient = writing;
  std::fill(gradient.erase.begin(), gradient.erase.end(), Scalar(0));
  std::fill(gradient.add.begin(), gradient.add.end(), Scalar(0));
  std::vector<Scalar> kept((layout.write_heads + 1) * columns);
  for (int64_t i = 0; i < rows; ++i) {
    write_row_backward(writing, layout.write_heads, columns, rows, input.memory + i * columns,
                       write_weights + i, written_gradient + i * columns, kept, gradient,
                       memory_gradient + i * columns, weights_gradient + i);
  }
  Scalar* vectors = emitted_gradient + layout.heads() * layout.addressing();
  for (int64_t i = 0; i < count; ++i) {
    vectors[i] = gradient.erase[i] * writing.erase[i] * (1 - writing.erase[i]);
    vectors[count + i] = gradient.add[i] * (1 - writing.add[i] * writing.add[i]);
  }
}

}  // namespace zoo::detail
