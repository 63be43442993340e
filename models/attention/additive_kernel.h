// The inner loops of the additive score on plain arrays. Private to `additive_scores.cpp`.
#pragma once

#include <cstdint>

namespace zoo::detail {

/// Sum over a of vector[a] tanh(query[a] + key[a]).
float additive_score(const float* query, const float* key, const float* vector, int64_t units);
double additive_score(const double* query, const double* key, const double* vector, int64_t units);

/// Where the gradients of one query and one key are added to: `units` numbers each.
template <class Scalar>
struct AdditiveGradients {
  Scalar* query;
  Scalar* key;
  Scalar* vector;
};

/// Adds the gradients of `additive_score` times `score`, the gradient of its result.
void add_additive_gradients(const float* query, const float* key, const float* vector,
                            int64_t units, float score, const AdditiveGradients<float>& to);
void add_additive_gradients(const double* query, const double* key, const double* vector,
                            int64_t units, double score, const AdditiveGradients<double>& to);

}  // namespace zoo::detail
