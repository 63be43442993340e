// Pairs of sentences.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/vocabulary.h"

namespace zoo {

/// A pair of sentences in symbols, each with `kEnd` as its last one.
struct TranslationExample {
  std::vector<int64_t> source;
  std::vector<int64_t> target;
  /// For each symbol of the target the place in the source that it stands for, -1: for none; empty
  /// where nobody knows.
  std::vector<int64_t> alignment{};
  std::string source_text{};  ///< as it stands in the data
  std::string target_text{};
};

/// Shapes: B batch, S symbols of the longest source, T of the longest target.
struct TranslationBatch {
  static constexpr std::string_view kName = "translation";

  torch::Tensor source;  ///< [B, S] int64, padded with `kPadding`; the last symbol is `kEnd`
  torch::Tensor source_lengths;          ///< [B] int64 in 1..S, the end included
  torch::Tensor target;                  ///< [B, T] int64, likewise
  torch::Tensor target_lengths;          ///< [B] int64 in 1..T
  torch::Tensor alignment;               ///< [B, T] int64 in -1..S-1; undefined where nobody knows
  std::vector<std::string> source_text;  ///< B lines, of validation and test; empty in training
  std::vector<std::string> target_text;

  /// The lengths stay where they are: whoever runs over padded sequences asks for them on the CPU.
  TranslationBatch to(torch::Device device) const {
    return {source.to(device), source_lengths, target.to(device), target_lengths,
            alignment,         source_text,    target_text};
  }
};

/// The batch of these examples. Alignments are kept if all have one, texts if all have both.
/// Throws `std::invalid_argument` if there is none or a sentence has no symbol.
TranslationBatch encode_translation(std::span<const TranslationExample> examples);

/// A source of such batches.
class TranslationDataset : public Dataset<TranslationBatch> {
 public:
  /// Known without reading data: what the configuration says.
  virtual int64_t source_vocabulary_size() const = 0;
  virtual int64_t target_vocabulary_size() const = 0;
  /// Whether each symbol of a text is one of `words_of` it; likewise known without reading data.
  virtual bool has_words() const { return false; }

  /// May read and train; throws `std::runtime_error` for unusable data.
  virtual const Vocabulary& source_vocabulary() const = 0;
  virtual const Vocabulary& target_vocabulary() const = 0;
};

}  // namespace zoo
