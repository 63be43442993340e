// Options of `Transformer`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "zoo/models/options/options.h"
#include "zoo/models/transformer_layers/transformer_layer.h"

namespace zoo {

/// How the model is told the places of its symbols.
enum class PositionEncoding : uint8_t {
  kSinusoidal,  ///< section 3.5
  kLearned      ///< table 3, row E: a table for the source and one for the target
};

constexpr std::array<std::string_view, 2> names_of(PositionEncoding) {
  return {"sinusoidal", "learned"};
}

/// Which tables of symbols are one.
enum class EmbeddingTying : uint8_t {
  kNone,
  kOutput,  ///< the target's embeddings are the output layer's weights
  kAll      ///< the source's too, as in section 3.4
};

constexpr std::array<std::string_view, 3> names_of(EmbeddingTying) {
  return {"none", "output", "all"};
}

/// The defaults are the paper's base model; its tables are one, which needs a joint vocabulary.
struct TransformerOptions {
  int64_t source_vocabulary = 0;
  int64_t target_vocabulary = 0;     ///< V
  int64_t model_size = 512;          ///< M
  int64_t feed_forward_size = 2048;  ///< F
  int64_t heads = 8;                 ///< H
  int64_t key_size = 0;              ///< K; 0: M / H
  int64_t value_size = 0;            ///< U; 0: M / H
  int64_t layers = 6;                ///< L, of the encoder and of the decoder
  double dropout = 0.1;
  PositionEncoding positions = PositionEncoding::kSinusoidal;
  int64_t max_length = 0;
  NormPlacement norm = NormPlacement::kPost;
  EmbeddingTying tying = EmbeddingTying::kAll;

  static void fields(auto& self, auto&& visit) {
    visit("source_vocabulary", self.source_vocabulary, "symbols of the source (from the data)",
          at_least(4));
    visit("target_vocabulary", self.target_vocabulary, "symbols of the target (from the data)",
          at_least(4));
    visit("model_size", self.model_size, "features of a symbol in every layer", at_least(1));
    visit("feed_forward_size", self.feed_forward_size, "units of the feed-forward networks",
          at_least(1));
    visit("heads", self.heads, "heads of each attention", at_least(1));
    visit("key_size", self.key_size, "features of a head's queries and keys; 0: model_size / heads",
          at_least(0));
    visit("value_size", self.value_size, "features of a head's values; 0: model_size / heads",
          at_least(0));
    visit("layers", self.layers, "layers of the encoder, and of the decoder", at_least(1));
    visit("dropout", self.dropout,
          "share of embeddings and of what each sublayer adds left out while training",
          between(0, 0.95));
    visit("positions", self.positions, "how places are told");
    visit("max_length", self.max_length,
          "learned positions: at least as many as a translation may have symbols, 2 S + 10",
          at_least(0));
    visit("norm", self.norm, "where sublayers are normalised");
    visit("tying", self.tying, "which tables of symbols are one; all needs a joint vocabulary");
  }
};

}  // namespace zoo
