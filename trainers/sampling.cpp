#include "zoo/trainers/sampling.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

struct PossibleSymbol {
  int64_t symbol;
  double weight;  // a log-probability, then a share
};

// Those with any probability, the most probable first.
std::vector<PossibleSymbol> ranked(const Tensor& log_probabilities) {
  const Tensor values = log_probabilities.to(torch::kCPU, torch::kDouble).contiguous();
  std::vector<PossibleSymbol> symbols;
  for (int64_t symbol = 0; symbol < values.numel(); ++symbol) {
    const double value = values.const_data_ptr<double>()[symbol];
    if (value > kImpossible) symbols.push_back({symbol, value});
  }
  TORCH_CHECK(!symbols.empty(), "sample_symbol: no symbol is possible");
  std::ranges::stable_sort(symbols, std::greater(), &PossibleSymbol::weight);
  return symbols;
}

double total_of(const std::vector<PossibleSymbol>& symbols) {
  double total = 0;
  for (const auto& each : symbols) total += each.weight;
  return total;
}

// As few of the first as have this share of the total.
void keep_share(std::vector<PossibleSymbol>& symbols, double share) {
  const double needed = share * total_of(symbols);
  double sum = 0;
  size_t kept = 0;
  while (kept < symbols.size() && sum < needed) sum += symbols[kept++].weight;
  symbols.resize(kept);
}

}  // namespace

int64_t sample_symbol(const Tensor& log_probabilities, const SamplingOptions& options,
                      Random& random) {
  const auto problem = problem_with(options);
  TORCH_CHECK(problem.empty(), "sample_symbol: ", problem);
  TORCH_CHECK(log_probabilities.dim() == 1, "sample_symbol: log_probabilities must be [V], got ",
              log_probabilities.sizes());
  auto symbols = ranked(log_probabilities);
  if (options.temperature == 0) return symbols.front().symbol;
  if (options.top_k > 0 && static_cast<size_t>(options.top_k) < symbols.size()) {
    symbols.resize(static_cast<size_t>(options.top_k));
  }
  const double highest = symbols.front().weight;
  for (auto& each : symbols) each.weight = std::exp((each.weight - highest) / options.temperature);
  if (options.top_p < 1) keep_share(symbols, options.top_p);
  double left = random.uniform() * total_of(symbols);
  for (const auto& each : symbols) {
    left -= each.weight;
    if (left < 0) return each.symbol;
  }
  return symbols.back().symbol;  // rounding has left something
}

std::vector<int64_t> sample_continuation(
    StepDecoder& decoder, int64_t length, const SamplingOptions& options, Random& random,
    std::span<const int64_t> never,
    const std::function<void(std::span<const int64_t>)>& on_symbol) {
  torch::NoGradGuard no_gradients;
  std::vector<int64_t> symbols;
  Tensor previous;
  while (static_cast<int64_t>(symbols.size()) < length) {
    const Tensor next = decoder.next(previous);  // [1, V]
    TORCH_CHECK(next.dim() == 2 && next.size(0) == 1,
                "sample_continuation: the decoder must stand at one text, got scores ",
                next.sizes());
    Tensor scores = next[0].to(torch::kCPU, torch::kDouble, /*non_blocking=*/false, /*copy=*/true);
    for (const int64_t symbol : never) scores[symbol] = kImpossible;
    symbols.push_back(sample_symbol(scores, options, random));
    if (on_symbol) on_symbol(symbols);
    previous = torch::full({1}, symbols.back(), next.options().dtype(torch::kLong));
  }
  return symbols;
}

}  // namespace zoo
