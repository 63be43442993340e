// Search for the most probable sequences of a decoder, one step at a time.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <span>

namespace zoo {

/// A decoder at work on some sequences; it knows where each of them stands.
///
/// Shapes: N sequences, V symbols.
class StepDecoder {
 public:
  virtual ~StepDecoder() = default;

  /// Log-probabilities [N, V] of the next symbol, after `previous` [N] int64 was chosen in the step
  /// before; in the first step `previous` is undefined.
  virtual torch::Tensor next(const torch::Tensor& previous) = 0;

  /// Goes on with the sequences `rows` [M] int64 instead, in that order; one may come repeatedly.
  virtual void select(const torch::Tensor& rows) = 0;
};

struct BeamSearchOptions {
  int64_t beam_width = 1;  ///< W, sequences kept for each example; 1: greedy
  int64_t max_steps = 0;   ///< T, after which a sequence is taken as it is
  int64_t end = 0;         ///< the symbol after which a sequence is finished
};

/// Shapes: B examples, W beam width, T steps of the longest.
struct BeamSearchResult {
  torch::Tensor symbols;            ///< [B, W, T] int64 on the CPU, most probable first; after
                                    ///< the end `end` again
  torch::Tensor log_probabilities;  ///< [B, W] float64; -inf: there are fewer sequences than W
};

/// Marks the symbols that may follow `prefix` in example number `example`; all are marked before.
using AllowSymbols =
    std::function<void(int64_t example, std::span<const int64_t> prefix, std::span<bool> allowed)>;

/// The sequences of highest probability that a beam of W finds: of all continuations of the W
/// sequences kept so far, the W best are kept; finished ones compete with their probability. With
/// W no less than the number of possible sequences that is exhaustive search. Probabilities of
/// symbols that are not allowed count as 0, the others are left as they are. Equal ones are taken
/// in the order of beam and symbol.
///
/// decoder  stands at the beginning of B sequences
/// allow    may be empty: everything is allowed
/// Throws `c10::Error` if an option is out of range. Records no gradients.
BeamSearchResult beam_search(StepDecoder& decoder, const BeamSearchOptions& options,
                             const AllowSymbols& allow = {});

}  // namespace zoo
