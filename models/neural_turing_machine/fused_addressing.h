// Equations 5 to 9 on plain arrays, each with its gradient. Private to the model.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "zoo/models/neural_turing_machine/fused_math.h"
#include "zoo/models/neural_turing_machine/memory.h"

namespace zoo::detail {

// Calls piece(to, from, count) for the two runs of rows in which eq. 8 takes row `to` + n from row
// `from` + n when it moves all rows by an offset.
template <class Piece>
void for_rotated_rows(int64_t offset, int64_t rows, Piece&& piece) {
  const int64_t moved = offset < 0 ? offset + rows : offset;
  piece(moved, int64_t{0}, rows - moved);
  piece(int64_t{0}, rows - moved, moved);
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

inline constexpr double kCosineEpsilon = 1e-8;
inline constexpr double kLogEpsilon = 1e-16;

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
  for (int64_t i = 0; i < rows; ++i) rotated[i] = 0;
  for (int64_t s = 0; s < shifts; ++s) {
    for_rotated_rows(s - shifts / 2, rows, [&](int64_t to, int64_t from, int64_t count) {
      add_scaled(rotated + to, head.shift[s], gated + from, count);
    });
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
    for_rotated_rows(s - shifts / 2, rows, [&](int64_t to, int64_t from, int64_t count) {
      gradient.shift[s] += dot(slope.data() + to, gated + from, count);
      add_scaled(gated_gradient.data() + from, head.shift[s], slope.data() + to, count);
    });
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

}  // namespace zoo::detail
