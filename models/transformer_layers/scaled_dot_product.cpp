#include "zoo/models/transformer_layers/scaled_dot_product.h"

#include <cmath>
#include <optional>

namespace zoo {
namespace {

using torch::Tensor;

// [T, S] bool, true where query t may look at key s.
Tensor causal_mask(int64_t queries, int64_t keys, const Tensor& like) {
  return torch::ones({queries, keys}, like.options().dtype(torch::kBool).requires_grad(false))
      .tril(keys - queries);
}

ScaledDotProduct explicit_attention(const Tensor& queries, const Tensor& keys, const Tensor& values,
                                    const Tensor& mask, double dropout) {
  const double scale = 1 / std::sqrt(static_cast<double>(keys.size(3)));
  Tensor weights = torch::matmul(queries * scale, keys.transpose(2, 3));
  if (mask.defined()) {
    // Not minus infinity: a row of them has no softmax, and no gradient that is a number.
    const auto least = at::scalar_tensor(-1e30, weights.options());
    const Tensor forbidden = mask.logical_not();
    weights = torch::softmax(torch::where(forbidden, least, weights), 3).masked_fill(forbidden, 0);
  } else {
    weights = torch::softmax(weights, 3);
  }
  const Tensor kept = torch::dropout(weights, dropout, /*train=*/true);
  return {.contexts = torch::matmul(kept, values), .weights = weights};
}

}  // namespace

ScaledDotProduct scaled_dot_product(const Tensor& queries, const Tensor& keys, const Tensor& values,
                                    const AllowedKeys& allowed, AttentionWeights weights,
                                    double dropout) {
  TORCH_CHECK(!(allowed.causal && allowed.mask.defined()),
              "scaled_dot_product: a mask and causal do not go together");
  const int64_t steps = queries.size(2), known = keys.size(2);
  // A last query may look at everything. LibTorch's causal mask is right for a square only.
  const bool causal = allowed.causal && steps > 1;
  const bool fused = weights == AttentionWeights::kKeep;
  const bool of_libtorch = causal && fused && steps == known;
  const Tensor mask = causal && !of_libtorch ? causal_mask(steps, known, queries) : allowed.mask;
  if (!fused) return explicit_attention(queries, keys, values, mask, dropout);
  const auto given = mask.defined() ? std::optional(mask) : std::nullopt;
  return {.contexts =
              at::scaled_dot_product_attention(queries, keys, values, given, dropout, of_libtorch)};
}

}  // namespace zoo
