// Search for the most probable sequences of a decoder, one step at a time.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

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

  /// Goes on with the sequences `rows` [M] int64 instead, in that order; one may come repeatedly,
  /// and those that are finished come no more.
  virtual void select(const torch::Tensor& rows) = 0;
};

/// What the log-probability of a sequence is divided by before it is compared. Every symbol makes
/// a sequence less probable, so that without a penalty short ones are preferred.
enum class LengthPenalty : uint8_t {
  kNone,     ///< 1: the most probable sequence is the best
  kAverage,  ///< length^alpha. With alpha = 1 the average of the symbols, as in Cho et al. (2014),
             ///< "On the properties of neural machine translation", arXiv:1409.1259
  kGnmt,     ///< ((5 + length) / 6)^alpha, Wu et al. (2016), arXiv:1609.08144, eq. 14
};

constexpr auto names_of(LengthPenalty) {
  return std::array<std::string_view, 3>{"none", "average", "gnmt"};
}

struct BeamSearchOptions {
  int64_t beam_width = 1;  ///< W, sequences kept for each example; 1: greedy
  int64_t max_steps = 0;   ///< T, after which a sequence is taken as it is
  int64_t end = 0;         ///< the symbol after which a sequence is finished
  LengthPenalty length_penalty = LengthPenalty::kNone;
  double length_alpha = 1;  ///< at least 0; 0 is no penalty
  /// [B] int64 on the CPU, at least 1: as `max_steps`, for each example; undefined: the same for
  /// all. The lower of the two holds.
  torch::Tensor max_steps_each{};
};

/// Shapes: B examples, W beam width, T steps that were made.
struct BeamSearchResult {
  torch::Tensor symbols;            ///< [B, W, T] int64 on the CPU, the best first; after the last
                                    ///< one `end`
  torch::Tensor log_probabilities;  ///< [B, W] float64 on the CPU, without penalty; -inf: there are
                                    ///< fewer sequences than W
  torch::Tensor lengths;            ///< [B, W] int64 on the CPU, symbols, with the end if it came
};

/// Marks the symbols that may follow `prefix` in example number `example`; all are marked before.
using AllowSymbols =
    std::function<void(int64_t example, std::span<const int64_t> prefix, std::span<bool> allowed)>;

/// The best sequences that a beam of W finds: of all continuations of the W sequences kept so far,
/// the W best are kept; finished ones compete as they are. An example is done when all that it
/// keeps are finished. With W no less than the number of possible sequences that is exhaustive
/// search. Probabilities of symbols that are not allowed count as 0, the others are left as they
/// are. Equal ones are taken in the order of beam and symbol.
///
/// Better is what has the higher log-probability or, with a penalty, the higher quotient, where
/// the length of an unfinished sequence is that of its symbols so far: then an unfinished one can
/// still become better, and may have been dropped for a finished one in spite of that.
///
/// decoder  stands at the beginning of B sequences
/// allow    may be empty: everything is allowed
/// Throws `c10::Error` if an option is out of range. Records no gradients.
BeamSearchResult beam_search(StepDecoder& decoder, const BeamSearchOptions& options,
                             const AllowSymbols& allow = {});

}  // namespace zoo
