#include "zoo/models/beam_search/top_symbols.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kLowest = -std::numeric_limits<double>::infinity();

// One look at each of the n scores: few of them are among the largest so far and have to be put in
// their place. `best`, of length count, is filled with -inf.
template <class Scalar>
void take_largest(const Scalar* scores, int64_t n, int64_t count, double* best, int64_t* symbols) {
  Scalar least = static_cast<Scalar>(kLowest);
  for (int64_t symbol = 0; symbol < n; ++symbol) {
    if (!(scores[symbol] > least)) continue;  // equal ones: the earlier one stays
    const double score = scores[symbol];
    const int64_t place = std::upper_bound(best, best + count, score, std::greater()) - best;
    std::copy_backward(best + place, best + count - 1, best + count);
    std::copy_backward(symbols + place, symbols + count - 1, symbols + count);
    best[place] = score;
    symbols[place] = symbol;
    least = static_cast<Scalar>(best[count - 1]);
  }
}

}  // namespace

TopSymbols top_symbols(const Tensor& scores, int64_t count) {
  const auto type = scores.scalar_type();
  if (type != torch::kFloat && type != torch::kDouble) {
    return top_symbols(scores.to(torch::kFloat), count);
  }
  if (!scores.is_cpu() && type == torch::kFloat) return top_symbols_by_keys(scores, count);
  const Tensor rows = scores.cpu().contiguous();
  const int64_t n = rows.size(1);
  count = std::min(count, n);
  const TopSymbols top = {.scores = torch::full({rows.size(0), count}, kLowest, torch::kDouble),
                          .symbols = torch::zeros({rows.size(0), count}, torch::kLong)};
  AT_DISPATCH_FLOATING_TYPES(type, "top_symbols", [&] {
    const auto* from = rows.const_data_ptr<scalar_t>();
    auto* best = top.scores.data_ptr<double>();
    auto* symbols = top.symbols.data_ptr<int64_t>();
    at::parallel_for(0, rows.size(0), 1, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        take_largest(from + row * n, n, count, best + row * count, symbols + row * count);
      }
    });
  });
  return top;
}

TopSymbols top_symbols_by_keys(const Tensor& scores, int64_t count) {
  constexpr int64_t kLow = 0xFFFFFFFF;
  // -0 is made 0, which it equals.
  const Tensor clean = scores.nan_to_num(kLowest, -kLowest, kLowest).add(0.0).contiguous();
  const Tensor bits = clean.view(torch::kInt);
  // As integers, negative floats are ordered the wrong way round.
  const Tensor ordered = torch::where(bits < 0, bits.bitwise_xor(0x7FFFFFFF), bits);
  const Tensor symbols = torch::arange(clean.size(1), bits.options().dtype(torch::kLong));
  const Tensor keys = ordered.to(torch::kLong).mul(kLow + 1).add(kLow - symbols);
  const Tensor top = std::get<0>(keys.topk(std::min(count, clean.size(1)), 1));
  const Tensor chosen = kLow - top.bitwise_and(kLow);
  return {.scores = clean.gather(1, chosen).to(torch::kDouble).cpu(), .symbols = chosen.cpu()};
}

}  // namespace zoo
