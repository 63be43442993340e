#include "zoo/models/beam_search/beam_search.h"

#include <algorithm>
#include <limits>
#include <memory>

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kNever = -std::numeric_limits<double>::infinity();

// The sequences kept so far and how probable they are. Those that cannot be, of probability 0,
// count as finished.
struct Beams {
  Tensor symbols;   // [B, W, t] int64 on the CPU
  Tensor scores;    // [B, W] float64, log-probabilities
  Tensor finished;  // [B, W] bool
};

Beams start_beams(int64_t examples, const torch::Device& device) {
  return {.symbols = torch::empty({examples, 1, 0}, torch::kLong),
          .scores = torch::zeros({examples, 1}, torch::dtype(torch::kDouble).device(device)),
          .finished = torch::zeros({examples, 1}, torch::dtype(torch::kBool).device(device))};
}

// Where a symbol may not follow: [B, W, V] bool on the CPU.
Tensor forbidden_symbols(const Beams& beams, int64_t choices, const AllowSymbols& allow) {
  const Tensor symbols = beams.symbols.contiguous(), finished = beams.finished.cpu().contiguous();
  const int64_t width = symbols.size(1), steps = symbols.size(2);
  Tensor forbidden = torch::zeros({symbols.size(0), width, choices}, torch::kBool);
  const auto marks = std::make_unique<bool[]>(static_cast<size_t>(choices));
  const std::span<bool> allowed(marks.get(), static_cast<size_t>(choices));
  for (int64_t row = 0; row < finished.numel(); ++row) {
    if (finished.data_ptr<bool>()[row]) continue;
    std::ranges::fill(allowed, true);
    const int64_t* prefix = symbols.data_ptr<int64_t>() + row * steps;
    allow(row / width, {prefix, static_cast<size_t>(steps)}, allowed);
    std::ranges::transform(allowed, forbidden.data_ptr<bool>() + row * choices,
                           [](bool mark) { return !mark; });
  }
  return forbidden;
}

// How probable each continuation of each beam is, from those of the next symbol: [B, W, V].
Tensor continuations(const Beams& beams, Tensor next, int64_t end, const AllowSymbols& allow) {
  if (allow) {
    const Tensor forbidden = forbidden_symbols(beams, next.size(2), allow);
    next = next.masked_fill(forbidden.to(next.device()), kNever);
  }
  // After the end comes nothing but the end, at no cost.
  const Tensor only_end = torch::full(next.size(2), kNever, next.options());
  only_end[end] = 0;
  return beams.scores.unsqueeze(2) + torch::where(beams.finished.unsqueeze(2), only_end, next);
}

// The `width` best continuations [B, W, V] of each example; the decoder follows them.
Beams keep_best(const Beams& beams, const Tensor& continuations, const BeamSearchOptions& options,
                StepDecoder& decoder) {
  const int64_t width = continuations.size(1), choices = continuations.size(2);
  // Stable, so that equal ones are taken in the same order everywhere.
  const auto [scores, order] =
      torch::sort(continuations.flatten(1), /*stable=*/true, /*dim=*/1, /*descending=*/true);
  const Tensor best = order.narrow(1, 0, std::min(options.beam_width, order.size(1)));  // [B, W']
  const Tensor parents = torch::floor_divide(best, choices);                            // [B, W']
  const Tensor symbols = best.remainder(choices);                                       // [B, W']
  if (width > 1 || best.size(1) > 1) {  // else each sequence goes on by itself
    const Tensor first_rows = torch::arange(best.size(0), best.options()).mul(width).unsqueeze(1);
    decoder.select((parents + first_rows).flatten());
  }
  const Tensor chosen = parents.cpu().unsqueeze(2).expand({-1, -1, beams.symbols.size(2)});
  const Tensor kept = scores.narrow(1, 0, best.size(1));
  return {.symbols = torch::cat({beams.symbols.gather(1, chosen), symbols.cpu().unsqueeze(2)}, 2),
          .scores = kept,
          .finished = beams.finished.gather(1, parents)
                          .logical_or(symbols.eq(options.end))
                          .logical_or(kept.isneginf())};
}

}  // namespace

BeamSearchResult beam_search(StepDecoder& decoder, const BeamSearchOptions& options,
                             const AllowSymbols& allow) {
  TORCH_CHECK(options.beam_width >= 1 && options.max_steps >= 1,
              "beam_search: beam_width and max_steps must be at least 1, got ", options.beam_width,
              " and ", options.max_steps);
  torch::NoGradGuard no_gradients;
  Tensor next = decoder.next({});  // [B, V]
  TORCH_CHECK(options.end >= 0 && options.end < next.size(1), "beam_search: end must be in 0..",
              next.size(1) - 1, ", got ", options.end);
  Beams beams = start_beams(next.size(0), next.device());
  while (true) {
    const Tensor of_beams =
        next.to(torch::kDouble).view({beams.scores.size(0), beams.scores.size(1), next.size(1)});
    beams = keep_best(beams, continuations(beams, of_beams, options.end, allow), options, decoder);
    const bool done =
        beams.symbols.size(2) == options.max_steps || beams.finished.all().item<bool>();
    if (done) return {.symbols = beams.symbols, .log_probabilities = beams.scores};
    next = decoder.next(beams.symbols.select(2, -1).flatten().to(next.device()));
  }
}

}  // namespace zoo
