#include "zoo/models/attention/local_window.h"

namespace zoo {

using torch::Tensor;

namespace {

Tensor numbered_places(int64_t places, const Tensor& like) {
  return torch::arange(places, like.options().requires_grad(false));
}

}  // namespace

Tensor monotonic_centres(int64_t first, int64_t steps, const Tensor& like) {
  return torch::arange(first, first + steps, like.options().requires_grad(false));
}

Tensor predicted_centres(const Tensor& projected, const Tensor& vector, const Tensor& lengths) {
  const Tensor share = torch::sigmoid(torch::matmul(torch::tanh(projected), vector));  // [B, T]
  return lengths.unsqueeze(1) * share;
}

Tensor window_mask(const Tensor& centres, int64_t half_width, int64_t places) {
  const Tensor middle = torch::floor(centres.detach() + 0.5).unsqueeze(-1);
  return (numbered_places(places, centres) - middle).abs().le(half_width);
}

Tensor gaussian_factors(const Tensor& centres, int64_t half_width, int64_t places) {
  const double sigma = static_cast<double>(half_width) / 2;
  const Tensor distance = numbered_places(places, centres) - centres.unsqueeze(-1);
  return torch::exp(distance.square() * (-1 / (2 * sigma * sigma)));
}

}  // namespace zoo
