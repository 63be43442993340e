// What a configuration says of a text file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "zoo/datasets/sentencepiece_vocabulary.h"
#include "zoo/models/options/options.h"
#include "zoo/models/padded_sequences/symbols.h"

namespace zoo {

/// Every character is a symbol.
struct CharactersOptions {
  static constexpr std::string_view kName = "characters";

  int64_t size = 256;  ///< most symbols, the four special ones included

  static void fields(auto& self, auto&& visit) {
    visit("size", self.size, "most symbols of the vocabulary, the four special ones included",
          at_least(kFirstSymbol + 1));
  }
};

/// Pieces of words, learned from the training part.
struct TextPiecesOptions {
  static constexpr std::string_view kName = "sentencepiece";

  int64_t size = 2000;  ///< symbols, the four special ones included
  SentencePieceKind kind = SentencePieceKind::kBpe;

  static void fields(auto& self, auto&& visit) {
    visit("size", self.size, "symbols of the vocabulary, the four special ones included",
          at_least(kFirstSymbol + 1));
    visit("kind", self.kind, "how pieces are found");
  }
};

/// Options of `TextFile`.
struct TextFileOptions {
  std::string file = "data/tinyshakespeare/input.txt";
  std::variant<CharactersOptions, TextPiecesOptions> vocabulary{};
  int64_t context = 64;  ///< T, symbols of a window
  double validation = 0.05;
  double test = 0.05;

  static void fields(auto& self, auto&& visit) {
    visit("file", self.file, "a text: plain, compressed by gzip, or in a zip archive");
    visit("vocabulary", self.vocabulary, "how text becomes symbols");
    visit("context", self.context, "symbols of a window", at_least(1));
    visit("validation", self.validation,
          "share of the text that is for validation, before that of the test; 0: the test's part",
          between(0, 0.9));
    visit("test", self.test,
          "share of the text, at its end, that is for the test; 0: the part of validation",
          between(0, 0.9));
  }
};

}  // namespace zoo
