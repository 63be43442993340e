// Pairs of sentences in symbols, in little memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zoo/datasets/parallel_text/sentence_pairs.h"
#include "zoo/datasets/translation.h"

namespace zoo {

/// The pairs of one part of the data.
class EncodedPairs {
 public:
  /// The texts are kept if they are not empty.
  void add(const std::vector<int64_t>& source, const std::vector<int64_t>& target,
           std::string source_text = "", std::string target_text = "");

  size_t size() const { return source_.begins.size() - 1; }
  /// In symbols, the end included.
  int64_t source_length(size_t pair) const { return source_.length(pair) + 1; }
  int64_t target_length(size_t pair) const { return target_.length(pair) + 1; }
  int64_t longest(size_t pair) const;  ///< of both
  TranslationExample example(size_t pair) const;

 private:
  // One sequence after the other, without the ends.
  struct Sequences {
    std::vector<int32_t> symbols;
    std::vector<size_t> begins = {0};  // and the end of the last one

    void add(const std::vector<int64_t>& sequence);
    int64_t length(size_t at) const { return static_cast<int64_t>(begins[at + 1] - begins[at]); }
    std::vector<int64_t> with_end(size_t at) const;
  };

  Sequences source_, target_;
  std::vector<std::string> source_text_, target_text_;
};

/// What became of the pairs of one part.
struct PairCounts {
  int64_t read = 0;
  int64_t empty = 0;     ///< left out: a side without any symbol
  int64_t too_long = 0;  ///< left out
};

/// All pairs of the files that are of use.
class EncodedCorpus {
 public:
  /// Pairs with an empty side are left out; of training also those in which a side has more than
  /// `max_length` symbols, the end not counted. Texts are kept of validation and test.
  EncodedCorpus(const SentencePairs& pairs, const Vocabulary& source, const Vocabulary& target,
                int64_t max_length);

  const EncodedPairs& part(Split split) const { return parts_[static_cast<size_t>(split)]; }
  const PairCounts& counts(Split split) const { return counts_[static_cast<size_t>(split)]; }

  /// A line for the files and one for each part, for people.
  std::string summary() const;

 private:
  std::string name_;
  int64_t max_length_;
  std::array<EncodedPairs, 3> parts_;
  std::array<PairCounts, 3> counts_;
};

}  // namespace zoo
