#include "zoo/models/attention/scores.h"

#include <torch/nn/functional/normalization.h>

#include <algorithm>
#include <cmath>

namespace zoo {

using torch::Tensor;

Tensor dot_scores(const Tensor& queries, const Tensor& keys) {
  return torch::bmm(queries, keys.transpose(1, 2));
}

Tensor scaled_keys(const Tensor& keys) {
  return keys / std::sqrt(static_cast<double>(keys.size(-1)));
}

Tensor unit_vectors(const Tensor& vectors) {
  return torch::nn::functional::normalize(vectors,
                                          torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

Tensor location_scores(const Tensor& queries, const Tensor& weight, int64_t places) {
  const int64_t rows = std::min(places, weight.size(0));
  const Tensor scores = torch::matmul(queries, weight.narrow(0, 0, rows).t());  // [B, T, rows]
  if (rows == places) return scores;
  return torch::constant_pad_nd(scores, {0, places - rows});  // [B, T, places]
}

}  // namespace zoo
