// The inner loops of the cross-entropy on plain arrays. Private to `linear_cross_entropy.cpp`.
#pragma once

#include <cstdint>

namespace zoo::detail {

/// The loss of one row of logits; see `linear_cross_entropy`.
float row_cross_entropy(const float* logits, int64_t symbols, int64_t target, float smoothing);
double row_cross_entropy(const double* logits, int64_t symbols, int64_t target, double smoothing);

/// The same, and the logits become the gradients of it.
float row_cross_entropy_gradients(float* logits, int64_t symbols, int64_t target, float smoothing);
double row_cross_entropy_gradients(double* logits, int64_t symbols, int64_t target,
                                   double smoothing);

/// Adds a row of gradients to the sum of other ones, [symbols] both.
void add_row(const float* row, int64_t symbols, float* sum);
void add_row(const double* row, int64_t symbols, double* sum);

}  // namespace zoo::detail
