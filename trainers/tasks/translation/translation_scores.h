// What is counted of translations to say how good they are.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "zoo/datasets/translation.h"
#include "zoo/trainers/bleu/bleu.h"
#include "zoo/trainers/metrics.h"

namespace zoo {

/// Translations beside what they should have been.
class TranslationScores {
 public:
  explicit TranslationScores(BleuOptions options) : options_(options) {}

  void add(const std::string& source, const std::string& reference, const std::string& translation,
           const std::string& greedy);

  /// `bleu`, `greedy_bleu`, `accuracy`, and `bleu_1_5` ... of those sentence lengths that occur.
  Metrics metrics() const;

  /// The names of all that there may be.
  static std::vector<std::string> names();

 private:
  BleuOptions options_;
  std::vector<std::string> references_, translations_, greedy_;
  std::vector<int64_t> lengths_;  // of the sources, in words
  int64_t exact_ = 0;
};

/// How often the place with the largest weight is the right one.
class AlignmentScores {
 public:
  /// weights [B, T, S] of a batch that has its gold alignment.
  void add(const torch::Tensor& weights, const TranslationBatch& batch);

  /// `alignment_accuracy` and `alignment_error`; none if nothing was added.
  Metrics metrics() const;

 private:
  int64_t right_ = 0;  // links that are in the gold alignment
  int64_t found_ = 0;  // one for each symbol of the targets but their ends
  int64_t gold_ = 0;   // links of the gold alignment, likewise
};

/// The number of words between blanks.
int64_t count_words(const std::string& text);

}  // namespace zoo
