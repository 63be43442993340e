// Additive attention of one query to the places of one sequence, on plain arrays. For the kernels
// of recurrences that attend in each step.
#pragma once

#include <cstdint>

namespace zoo::detail {

/// What there is to attend to: `places` keys of `units` numbers and values of `features` numbers.
/// Between one place and the next lie `key_stride` and `value_stride` numbers.
template <class Scalar>
struct Places {
  const Scalar* keys;
  const Scalar* values;
  const Scalar* vector;  ///< v of the score, [units]
  int64_t places;
  int64_t units;
  int64_t features;
  int64_t key_stride;
  int64_t value_stride;
};

/// weights [places] = softmax of v . tanh(query + key); context [features] = sum of weight * value.
void attend(const Places<float>& to, const float* query, float* weights, float* context);
void attend(const Places<double>& to, const double* query, double* weights, double* context);

/// Where gradients are added to; strides as those of the places.
template <class Scalar>
struct AttendGradients {
  Scalar* query;
  Scalar* keys;
  Scalar* values;
  Scalar* vector;
};

/// The gradients of `attend` from that of the context. `scratch` has room for [places] numbers.
void attend_back(const Places<float>& to, const float* query, const float* weights,
                 const float* of_context, float* scratch, const AttendGradients<float>& gradients);
void attend_back(const Places<double>& to, const double* query, const double* weights,
                 const double* of_context, double* scratch,
                 const AttendGradients<double>& gradients);

}  // namespace zoo::detail
