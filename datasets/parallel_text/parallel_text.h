// Pairs of sentences from files: translations of each other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "zoo/datasets/parallel_text/parallel_text_options.h"
#include "zoo/datasets/translation.h"

namespace zoo {

struct LearnedVocabularies;

/// Sentence-aligned text in two languages, by default 169,197 pairs from German to English that
/// come along (data/deu-eng).
///
/// Which part of the data a pair belongs to is a function of one of its sentences (split_by): of a
/// hundred sentences one is for the test, one for validation. Vocabularies are learned from the
/// training pairs.
///
/// training          pairs with a sentence longer than max_length are left out; batches of pairs of
///                   about the same length, in an order of its own for each epoch and rank: of
///                   batch_size pairs each (the last one of an epoch may be smaller), or, with
///                   batch_tokens, of as many as fit in
/// validation, test  all pairs whatever their length, from the shortest on, with their texts; anew
///                   after the last batch, which may be smaller; every rank sees the same
///
/// Pairs with an empty side are left out everywhere. Files are read and vocabularies are learned
/// when they are needed first.
class ParallelText final : public TranslationDataset {
 public:
  using Options = ParallelTextOptions;

  /// Touches no file. Throws `std::invalid_argument` for options out of range.
  explicit ParallelText(const ParallelTextOptions& options = {});
  /// With what `kept_files` gave instead of new vocabularies; these then need no data.
  ParallelText(const ParallelTextOptions& options, KeptFiles kept);
  ~ParallelText() override;

  /// Throws `std::invalid_argument` if the batch size is below 1, `std::runtime_error` naming file
  /// and line for what is wrong with the data.
  TranslationBatch batch(const BatchIndex& index) const override;
  std::optional<int64_t> batches_of(Split split, int64_t batch_size) const override;

  /// "sentencepiece.model" if joint, else "source.model" and "target.model"; of words
  /// "source_words.txt" and "target_words.txt".
  KeptFiles kept_files() const override;

  /// What the option `vocabulary.size` says: a vocabulary of words may have fewer.
  int64_t source_vocabulary_size() const override;
  int64_t target_vocabulary_size() const override;
  bool has_words() const override;

  const Vocabulary& source_vocabulary() const override;
  const Vocabulary& target_vocabulary() const override;

  /// How many pairs were read and left out, for people. Reads the data.
  std::string summary() const;

 private:
  struct Data;
  struct State;

  const Data& data() const;
  const LearnedVocabularies& vocabularies() const;

  ParallelTextOptions options_;
  KeptFiles kept_;
  std::unique_ptr<State> state_;
};

}  // namespace zoo
