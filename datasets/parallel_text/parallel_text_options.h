// What a configuration says of parallel text.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "zoo/datasets/sentencepiece_vocabulary.h"
#include "zoo/models/options/options.h"
#include "zoo/models/padded_sequences/symbols.h"

namespace zoo {

/// Pieces of words, learned from the training pairs or read from a file.
struct SentencePieceOptions {
  static constexpr std::string_view kName = "sentencepiece";

  int64_t size = 8000;  ///< symbols of a vocabulary, the four special ones included
  SentencePieceKind kind = SentencePieceKind::kBpe;  ///< how pieces are found
  bool joint = true;         ///< one vocabulary of both languages, else one for each
  std::string model_file{};  ///< a model to use instead of learning one; joint

  static void fields(auto& self, auto&& visit) {
    visit("size", self.size, "symbols of a vocabulary, the four special ones included",
          at_least(kFirstSymbol + 1));
    visit("kind", self.kind, "how pieces are found");
    visit("joint", self.joint, "one vocabulary of both languages, else one for each");
    visit("model_file", self.model_file, "a model to use instead of learning one; joint");
  }
};

/// The most frequent words of each language.
struct WordsOptions {
  static constexpr std::string_view kName = "words";

  int64_t size = 30000;  ///< most symbols of a vocabulary, the four special ones included

  static void fields(auto& self, auto&& visit) {
    visit("size", self.size, "most symbols of a vocabulary, the four special ones included",
          at_least(kFirstSymbol + 1));
  }
};

/// A language of a pair.
enum class PairSide : uint8_t { kSource, kTarget };

/// In configurations.
constexpr auto names_of(PairSide) { return std::array<std::string_view, 2>{"source", "target"}; }

/// Options of `ParallelText`.
struct ParallelTextOptions {
  std::string pairs_file = "data/deu-eng/deu-eng.zip:deu.txt";  ///< a pair in a line, tabs between
  int64_t source_column = 1;                                    ///< of pairs_file, from 0
  int64_t target_column = 0;                                    ///< of pairs_file, from 0
  std::string source_file{};                                    ///< instead: a sentence in a line
  std::string target_file{};  ///< its translation in the same line
  std::variant<SentencePieceOptions, WordsOptions> vocabulary{};  ///< how text becomes symbols
  PairSide split_by = PairSide::kTarget;  ///< no sentence of this side is in two parts of the data
  int64_t max_length = 100;  ///< longest sentence in training in symbols, without the end
  int64_t batch_tokens =
      0;  ///< most symbols of one side of a batch; 0: batches of batch_size pairs
  int64_t sort_batches = 20;  ///< batches whose pairs are sorted by length; not with batch_tokens

  static void fields(auto& self, auto&& visit) {
    visit("pairs_file", self.pairs_file, "pairs of sentences, one in a line with tabs between");
    visit("source_column", self.source_column, "column of pairs_file to translate, from 0",
          at_least(0));
    visit("target_column", self.target_column, "column of pairs_file with translations, from 0",
          at_least(0));
    visit("source_file", self.source_file, "instead of pairs_file: sentences, one in a line");
    visit("target_file", self.target_file, "the translations of source_file, line by line");
    visit("vocabulary", self.vocabulary, "how text becomes symbols");
    visit("split_by", self.split_by, "side of which no sentence is in two parts of the data");
    visit("max_length", self.max_length, "longest sentence in training, in symbols without the end",
          at_least(1));
    visit("batch_tokens", self.batch_tokens,
          "most symbols of one side of a batch, padding included; 0: batches of batch_size pairs",
          at_least(0));
    visit("sort_batches", self.sort_batches,
          "batches whose pairs are sorted by length together; without batch_tokens", at_least(1));
  }
};

}  // namespace zoo
