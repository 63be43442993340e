// Each equation of memory.h once more on plain arrays, its gradient beside it. The numbers of one
// example fit the first cache, so a step costs a few microseconds instead of some forty operators.
#include "zoo/models/neural_turing_machine/fused_memory.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace zoo::detail {
namespace {

template <class Scalar>
Scalar dot(const Scalar* a, const Scalar* b, int64_t count) {
  Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

template <class Scalar>
void add_scaled(Scalar* to, Scalar factor, const Scalar* from, int64_t count) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

template <class Scalar>
Scalar sigmoid(Scalar x) {
  return 1 / (1 + std::exp(-x));
}

// Linear above 20, as torch::softplus.
template <class Scalar>
Scalar softplus(Scalar x) {
  return x > 20 ? x : std::log1p(std::exp(x));
}

template <class Scalar>
Scalar softplus_slope(Scalar x) {
  return x > 20 ? Scalar(1) : sigmoid(x);
}

// softmax(factor * x); `to` may be `x`.
template <class Scalar>
void softmax(const Scalar* x, Scalar factor, Scalar* to, int64_t count) {
  Scalar highest = factor * x[0];
  for (int64_t i = 1; i < count; ++i) highest = std::max(highest, factor * x[i]);
  Scalar sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += to[i] = std::exp(factor * x[i] - highest);
  for (int64_t i = 0; i < count; ++i) to[i] /= sum;
}

// From the gradient of y = softmax(z) to that of z.
template <class Scalar>
void softmax_backward(const Scalar* y, const Scalar* y_gradient, Scalar* z_gradient,
                      int64_t count) {
  const Scalar mean = dot(y, y_gradient, count);
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) z_gradient[i] = y[i] * (y_gradient[i] - mean);
}

// The row from which eq. 8 takes row i for an offset, |offset| < rows.
int64_t source_row(int64_t i, int64_t offset, int64_t rows) {
  const int64_t j = i - offset;
  return j < 0 ? j + rows : j >= rows ? j - rows : j;
}

// The emitted numbers of one head and what they mean.
template <class Scalar>
struct Head {
  const Scalar* emitted;
  std::vector<Scalar> key;
  std::vector<Scalar> shift;
  Scalar strength, gate, sharpening, key_norm;

  Head(const Scalar* emitted, const HeadLayout& layout)
      : emitted(emitted), key(layout.columns), shift(layout.shifts) {
    const int64_t columns = layout.columns;
    for (int64_t m = 0; m < columns; ++m) key[m] = std::tanh(emitted[m]);
    strength = softplus(emitted[columns]);
    gate = sigmoid(emitted[columns + 1]);
    softmax(emitted + columns + 2, Scalar(1), shift.data(), layout.shifts);
    sharpening = 1 + softplus(emitted[columns + 2 + layout.shifts]);
    key_norm = std::sqrt(dot(key.data(), key.data(), columns));
  }
};

constexpr double kCosineEpsilon = 1e-8;
constexpr double kLogEpsilon = 1e-16;

template <class Scalar>
std::vector<Scalar> row_norms(const Scalar* memory, int64_t rows, int64_t columns) {
  std::vector<Scalar> norms(rows);
  for (int64_t i = 0; i < rows; ++i) {
    const Scalar* row = memory + i * columns;
    norms[i] = std::sqrt(dot(row, row, columns));
  }
  return norms;
}

// Eq. 5 to 9 for one head.
template <class Scalar>
void address(const Head<Scalar>& head, const Scalar* memory, const std::vector<Scalar>& norms,
             const Scalar* previous, Scalar* similarity, Scalar* content, Scalar* rotated,
             Scalar* weights) {
  const int64_t rows = static_cast<int64_t>(norms.size());
  const int64_t columns = static_cast<int64_t>(head.key.size());
  const int64_t shifts = static_cast<int64_t>(head.shift.size());
  for (int64_t i = 0; i < rows; ++i) {
    similarity[i] = dot(head.key.data(), memory + i * columns, columns) /
                    (head.key_norm * norms[i] + Scalar(kCosineEpsilon));
  }
  softmax(similarity, head.strength, content, rows);
  Scalar* gated = weights;  // scratch until the last equation
#pragma omp simd
  for (int64_t i = 0; i < rows; ++i) {
    gated[i] = head.gate * content[i] + (1 - head.gate) * previous[i];
  }
  for (int64_t i = 0; i < rows; ++i) {
    Scalar sum = 0;
    for (int64_t s = 0; s < shifts; ++s) {
      sum += head.shift[s] * gated[source_row(i, s - shifts / 2, rows)];
    }
    rotated[i] = sum;
  }
  for (int64_t i = 0; i < rows; ++i) weights[i] = std::log(rotated[i] + Scalar(kLogEpsilon));
  softmax(weights, head.sharpening, weights, rows);
}

// Gradients of one head's addressing.
template <class Scalar>
struct HeadGradient {
  std::vector<Scalar> key;
  std::vector<Scalar> shift;
  Scalar strength = 0, gate = 0, sharpening = 0;
};

// Eq. 9 and 8 backwards: from the weights to the gated weights.
template <class Scalar>
void sharpen_rotate_backward(const Head<Scalar>& head, const Scalar* gated, const Scalar* rotated,
                             const Scalar* weights, const Scalar* weights_gradient,
                             HeadGradient<Scalar>& gradient, std::vector<Scalar>& gated_gradient) {
  const int64_t rows = static_cast<int64_t>(gated_gradient.size());
  const int64_t shifts = static_cast<int64_t>(head.shift.size());
  std::vector<Scalar> slope(rows);
  softmax_backward(weights, weights_gradient, slope.data(), rows);
  for (int64_t i = 0; i < rows; ++i) {
    const Scalar offset = rotated[i] + Scalar(kLogEpsilon);
    gradient.sharpening += slope[i] * std::log(offset);
    slope[i] *= head.sharpening / offset;  // now the gradient of eq. 8's result
  }
  for (int64_t s = 0; s < shifts; ++s) {
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t j = source_row(i, s - shifts / 2, rows);
      gradient.shift[s] += slope[i] * gated[j];
      gated_gradient[j] += slope[i] * head.shift[s];
    }
  }
}

// Eq. 7 backwards; turns the gradient of the gated weights into that of the content weights.
template <class Scalar>
void interpolate_backward(const Head<Scalar>& head, const Scalar* content, const Scalar* previous,
                          HeadGradient<Scalar>& gradient, std::vector<Scalar>& gated_gradient,
                          Scalar* previous_gradient) {
  for (size_t i = 0; i < gated_gradient.size(); ++i) {
    gradient.gate += gated_gradient[i] * (content[i] - previous[i]);
    previous_gradient[i] += gated_gradient[i] * (1 - head.gate);
    gated_gradient[i] *= head.gate;
  }
}

// Eq. 5 and 6 backwards: to key and memory.
template <class Scalar>
void content_backward(const Head<Scalar>& head, const Scalar* memory,
                      const std::vector<Scalar>& norms, const Scalar* similarity,
                      const Scalar* content, const std::vector<Scalar>& content_gradient,
                      HeadGradient<Scalar>& gradient, Scalar* memory_gradient) {
  const int64_t rows = static_cast<int64_t>(norms.size());
  const int64_t columns = static_cast<int64_t>(head.key.size());
  std::vector<Scalar> slope(rows);
  softmax_backward(content, content_gradient.data(), slope.data(), rows);
  gradient.strength += dot(slope.data(), similarity, rows);
  Scalar key_norm_gradient = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const Scalar* row = memory + i * columns;
    Scalar* row_gradient = memory_gradient + i * columns;
    const Scalar inverse = 1 / (head.key_norm * norms[i] + Scalar(kCosineEpsilon));
    const Scalar dot_gradient = head.strength * slope[i] * inverse;
    const Scalar product_gradient = -dot_gradient * similarity[i];  // of |u| |v|
    add_scaled(gradient.key.data(), dot_gradient, row, columns);
    add_scaled(row_gradient, dot_gradient, head.key.data(), columns);
    key_norm_gradient += product_gradient * norms[i];
    if (norms[i] > 0) {  // a norm has no slope at zero; zero is the one that autograd takes
      add_scaled(row_gradient, product_gradient * head.key_norm / norms[i], row, columns);
    }
  }
  if (head.key_norm > 0) {
    add_scaled(gradient.key.data(), key_norm_gradient / head.key_norm, head.key.data(), columns);
  }
}

// Through the squashing of the emitted numbers.
template <class Scalar>
void squash_backward(const Head<Scalar>& head, const HeadGradient<Scalar>& gradient,
                     Scalar* emitted_gradient) {
  const int64_t columns = static_cast<int64_t>(head.key.size());
  const int64_t shifts = static_cast<int64_t>(head.shift.size());
  for (int64_t m = 0; m < columns; ++m) {
    emitted_gradient[m] = gradient.key[m] * (1 - head.key[m] * head.key[m]);
  }
  emitted_gradient[columns] = gradient.strength * softplus_slope(head.emitted[columns]);
  emitted_gradient[columns + 1] = gradient.gate * head.gate * (1 - head.gate);
  softmax_backward(head.shift.data(), gradient.shift.data(), emitted_gradient + columns + 2,
                   shifts);
  const int64_t last = columns + 2 + shifts;
  emitted_gradient[last] = gradient.sharpening * softplus_slope(head.emitted[last]);
}

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

}  // namespace

template <class Scalar>
void memory_forward(const HeadLayout& layout, int64_t rows, const MemoryInputs<Scalar>& input,
                    const MemoryTape<Scalar>& tape, const MemoryOutputs<Scalar>& output) {
  const int64_t columns = layout.columns;
  const auto norms = row_norms(input.memory, rows, columns);
  for (int64_t k = 0; k < layout.heads(); ++k) {
    const Head<Scalar> head(input.emitted + k * layout.addressing(), layout);
    const int64_t at = k * rows;
    address(head, input.memory, norms, input.weights + at, tape.similarity + at, tape.content + at,
            tape.rotated + at, output.weights + at);
  }
  std::fill(output.reads, output.reads + layout.read_heads * columns, Scalar(0));
  for (int64_t r = 0; r < layout.read_heads; ++r) {
    for (int64_t i = 0; i < rows; ++i) {
      add_scaled(output.reads + r * columns, output.weights[r * rows + i],
                 input.memory + i * columns, columns);
    }
  }
  write(Writing<Scalar>(input.emitted, layout), layout, rows, input.memory,
        output.weights + layout.read_heads * rows, output.memory);
}

template <class Scalar>
void memory_backward(const HeadLayout& layout, int64_t rows, const MemoryInputs<Scalar>& input,
                     const MemoryTape<Scalar>& tape, const Scalar* weights,
                     const MemoryGradients<Scalar>& gradient) {
  const int64_t columns = layout.columns;
  std::vector<Scalar> weights_gradient(gradient.weights_output,
                                       gradient.weights_output + layout.heads() * rows);
  const int64_t writes = layout.read_heads * rows;
  write_backward(layout, rows, input, weights + writes, gradient.memory_output, gradient.memory,
                 weights_gradient.data() + writes, gradient.emitted);
  for (int64_t r = 0; r < layout.read_heads; ++r) {
    const Scalar* read_gradient = gradient.reads_output + r * columns;
    for (int64_t i = 0; i < rows; ++i) {
      weights_gradient[r * rows + i] += dot(read_gradient, input.memory + i * columns, columns);
      add_scaled(gradient.memory + i * columns, weights[r * rows + i], read_gradient, columns);
    }
  }
  const auto norms = row_norms(input.memory, rows, columns);
  std::vector<Scalar> gated(rows);
  std::vector<Scalar> gated_gradient(rows);
  for (int64_t k = 0; k < layout.heads(); ++k) {
    const int64_t at = k * rows;
    const Head<Scalar> head(input.emitted + k * layout.addressing(), layout);
    HeadGradient<Scalar> head_gradient{std::vector<Scalar>(columns),
                                       std::vector<Scalar>(layout.shifts)};
    for (int64_t i = 0; i < rows; ++i) {
      gated[i] = head.gate * tape.content[at + i] + (1 - head.gate) * input.weights[at + i];
    }
    std::fill(gated_gradient.begin(), gated_gradient.end(), Scalar(0));
    sharpen_rotate_backward(head, gated.data(), tape.rotated + at, weights + at,
                            weights_gradient.data() + at, head_gradient, gated_gradient);
    interpolate_backward(head, tape.content + at, input.weights + at, head_gradient, gated_gradient,
                         gradient.weights + at);
    content_backward(head, input.memory, norms, tape.similarity + at, tape.content + at,
                     gated_gradient, head_gradient, gradient.memory);
    squash_backward(head, head_gradient, gradient.emitted + k * layout.addressing());
  }
}

template void memory_forward(const HeadLayout&, int64_t, const MemoryInputs<float>&,
                             const MemoryTape<float>&, const MemoryOutputs<float>&);
template void memory_forward(const HeadLayout&, int64_t, const MemoryInputs<double>&,
                             const MemoryTape<double>&, const MemoryOutputs<double>&);
template void memory_backward(const HeadLayout&, int64_t, const MemoryInputs<float>&,
                              const MemoryTape<float>&, const float*,
                              const MemoryGradients<float>&);
template void memory_backward(const HeadLayout&, int64_t, const MemoryInputs<double>&,
                              const MemoryTape<double>&, const double*,
                              const MemoryGradients<double>&);

}  // namespace zoo::detail
