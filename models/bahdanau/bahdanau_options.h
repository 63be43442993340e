// Options of `Bahdanau`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "zoo/models/options/options.h"

namespace zoo {

/// Whether the decoder looks at the whole source.
enum class BahdanauAttention : uint8_t {
  kAdditive,  ///< RNNsearch: a weighted mean of the annotations, anew for each step
  kNone       ///< RNNencdec: one forward encoder, whose last state is the context of every step
};

constexpr std::array<std::string_view, 2> names_of(BahdanauAttention) {
  return {"additive", "none"};
}

/// Which state of the decoder the readout sees.
enum class ReadoutState : uint8_t {
  kPrevious,  ///< s_{i-1}, as in appendix A.2.2
  kCurrent    ///< s_i, as in section 3.1
};

constexpr std::array<std::string_view, 2> names_of(ReadoutState) { return {"previous", "current"}; }

/// What the weights are before training.
enum class BahdanauStart : uint8_t {
  kPaper,  ///< appendix B.1: orthogonal recurrences, the rest normal, within some 0.01
  kXavier  ///< Glorot and Bengio (2010), uniform; embeddings normal within some 0.05
};

constexpr std::array<std::string_view, 2> names_of(BahdanauStart) { return {"paper", "xavier"}; }

/// The defaults are those of the paper, appendix A.2.3 and B.
struct BahdanauOptions {
  int64_t source_vocabulary = 0;
  int64_t target_vocabulary = 0;  ///< V
  int64_t embedding_size = 620;   ///< m
  int64_t hidden_size = 1000;     ///< n
  int64_t alignment_size = 1000;  ///< n'
  int64_t maxout_size = 500;      ///< l
  BahdanauAttention attention = BahdanauAttention::kAdditive;
  ReadoutState readout_state = ReadoutState::kPrevious;
  BahdanauStart start = BahdanauStart::kPaper;
  double dropout = 0;

  static void fields(auto& self, auto&& visit) {
    visit("source_vocabulary", self.source_vocabulary, "symbols of the source (from the data)",
          at_least(4));
    visit("target_vocabulary", self.target_vocabulary, "symbols of the target (from the data)",
          at_least(4));
    visit("embedding_size", self.embedding_size, "features of an embedded symbol", at_least(1));
    visit("hidden_size", self.hidden_size, "units of decoder and of each direction of the encoder",
          at_least(1));
    visit("alignment_size", self.alignment_size, "hidden units of the score", at_least(1));
    visit("maxout_size", self.maxout_size, "maxout units before the output layer", at_least(1));
    visit("attention", self.attention, "whether the decoder looks at the whole source");
    visit("readout_state", self.readout_state, "which state of the decoder the readout sees");
    visit("start", self.start, "what the weights are before training");
    visit("dropout", self.dropout,
          "share of embeddings, annotations and maxout units left out while training",
          between(0, 0.95));
  }
};

}  // namespace zoo
