// Vocabularies of pieces of words.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/vocabulary.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace zoo {

/// How the pieces are found.
enum class SentencePieceKind : uint8_t {
  kBpe,     ///< Sennrich, Haddow and Birch (2016): the most frequent pair becomes one piece
  kUnigram  ///< Kudo (2018): the pieces of the most probable segmentation
};

/// In configurations.
constexpr auto names_of(SentencePieceKind) {
  return std::array<std::string_view, 2>{"bpe", "unigram"};
}

struct SentencePieceTraining {
  int64_t size = 8000;  ///< symbols, the four special ones included
  SentencePieceKind kind = SentencePieceKind::kBpe;
  double character_coverage = 1;  ///< share of the text whose characters get a symbol
};

/// Pieces of words as Kudo and Richardson (2018), "SentencePiece: a simple and language independent
/// subword tokenizer and detokenizer for neural text processing", arXiv:1808.06226, find them in a
/// text. A blank is the character "▁", and text is normalised by NFKC, as that library does by
/// default. What no piece covers becomes `kUnknown`, decoded as "⁇".
class SentencePieceVocabulary final : public Vocabulary {
 public:
  /// Learns the pieces of these sentences. The same sentences give the same model. Throws
  /// `std::runtime_error` if they do not give exactly that many symbols.
  static SentencePieceVocabulary train(std::span<const std::string_view> sentences,
                                       const SentencePieceTraining& training);

  /// From the bytes of a model that was made here or by `spm_train --pad_id=0 --unk_id=1 --bos_id=2
  /// --eos_id=3`. `name` is that of the file for errors: throws `std::runtime_error` if it is no
  /// model or its special symbols are others.
  explicit SentencePieceVocabulary(std::string model, const std::string& name = "the model");

  SentencePieceVocabulary(SentencePieceVocabulary&&) noexcept;
  ~SentencePieceVocabulary() override;

  /// The bytes that the constructor takes.
  const std::string& model() const { return model_; }

  int64_t size() const override;
  std::vector<int64_t> encode(const std::string& text) const override;
  std::string decode(std::span<const int64_t> symbols) const override;
  std::string name(int64_t symbol) const override;

 private:
  std::string model_;
  std::unique_ptr<const sentencepiece::SentencePieceProcessor> processor_;
};

}  // namespace zoo
