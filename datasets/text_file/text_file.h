// A text from a file, in windows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "zoo/datasets/language.h"
#include "zoo/datasets/text_file/text_file_options.h"

namespace zoo {

struct TextVocabulary;

/// One text, by default the plays of Shakespeare that come along (data/tinyshakespeare).
///
/// The first part of the text is for training, the next one for validation, the last one for the
/// test; by default these are 90, 5 and 5 of a hundred characters. The vocabulary is learned from
/// the training part.
///
/// training          windows of `context` symbols and the one after them, which begin anywhere with
///                   equal probability
/// validation, test  the windows that follow each other: each symbol but the first is a target
/// once;
///                   the last window may be shorter, and so may the last batch; anew after it; the
///                   same for every seed and rank
///
/// The file is read and the vocabulary is learned when they are needed first.
class TextFile final : public LanguageDataset {
 public:
  using Options = TextFileOptions;

  /// Touches no file. Throws `std::invalid_argument` for options out of range.
  explicit TextFile(const TextFileOptions& options = {});
  /// With what `kept_files` gave instead of a new vocabulary, which then needs no file.
  TextFile(const TextFileOptions& options, KeptFiles kept);
  ~TextFile() override;

  /// Throws `std::invalid_argument` if the batch size is below 1, `std::runtime_error` naming the
  /// file for what is wrong with it, and for a part that is too short.
  LanguageBatch batch(const BatchIndex& index) const override;
  /// Nothing for training, whose windows overlap.
  std::optional<int64_t> batches_of(Split split, int64_t batch_size) const override;

  /// "characters.json" or "sentencepiece.model".
  KeptFiles kept_files() const override;

  /// What the option `vocabulary.size` says: a vocabulary of characters may have fewer.
  int64_t vocabulary_size() const override;
  const Vocabulary& vocabulary() const override;

 private:
  struct Data;
  struct State;

  const Data& data() const;
  const TextVocabulary& text_vocabulary() const;

  TextFileOptions options_;
  KeptFiles kept_;
  std::unique_ptr<State> state_;
};

}  // namespace zoo
