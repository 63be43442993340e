// Attention of one query by scalar products to the places of one window, on plain arrays. For the
// kernels of recurrences that attend in each step.
#pragma once

#include <cstdint>

namespace zoo::detail {

/// What there is to attend to: `places` keys of `units` numbers and values of `features` numbers.
/// Between one place and the next lie `key_stride` and `value_stride` numbers.
template <class Scalar>
struct Window {
  const Scalar* keys;
  const Scalar* values;
  int64_t places;
  int64_t units;
  int64_t features;
  int64_t key_stride;
  int64_t value_stride;
  Scalar centre;     ///< of the Gaussian, counted from the window's first place
  Scalar precision;  ///< 1 / (2 sigma^2) of it; 0: no Gaussian
};

/// weights [places] = softmax of query . key, times exp(-precision (place - centre)^2);
/// context [features] = sum of weight * value.
void attend_by_product(const Window<float>& to, const float* query, float* weights, float* context);
void attend_by_product(const Window<double>& to, const double* query, double* weights,
                       double* context);

/// The gradients of that from the one of the context. Writes those of the scores [places], adds
/// that of the query to of_query [units] and returns that of the centre.
float attend_by_product_back(const Window<float>& to, const float* weights, const float* of_context,
                             float* of_scores, float* of_query);
double attend_by_product_back(const Window<double>& to, const double* weights,
                              const double* of_context, double* of_scores, double* of_query);

}  // namespace zoo::detail
