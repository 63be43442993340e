#include "zoo/models/transformer_layers/positions.h"

#include <cmath>

namespace zoo {

using torch::Tensor;

Tensor sinusoids(int64_t first, int64_t count, int64_t size, const Tensor& like) {
  const auto whole = like.options().dtype(torch::kLong).requires_grad(false);
  const Tensor features = torch::arange(size, whole);
  const Tensor odd = features.remainder(2);
  const Tensor rates =
      torch::exp((features - odd).to(torch::kDouble) * (-std::log(10000.0) / size));
  const Tensor places = torch::arange(first, first + count, whole).to(torch::kDouble);
  const Tensor angles = places.unsqueeze(1) * rates;
  return torch::where(odd == 1, angles.cos(), angles.sin()).to(like.scalar_type());
}

Tensor learned_positions(const std::string& who, const Tensor& table, int64_t first,
                         int64_t count) {
  TORCH_CHECK(first + count <= table.size(0), who, ": there are positions for ", table.size(0),
              " symbols, got ", first + count);
  return table.narrow(0, first, count);
}

}  // namespace zoo
