// Options of `Luong`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "zoo/models/attention/score_options.h"
#include "zoo/models/attention/window_options.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// In which order the encoder reads a source.
enum class SourceOrder : uint8_t {
  kReversed,  ///< the last symbol first, so that the first ones are close to their translations
  kForward
};

constexpr std::array<std::string_view, 2> names_of(SourceOrder) { return {"reversed", "forward"}; }

/// What the decoder reads beside the symbol before.
enum class InputFeeding : uint8_t {
  kAttentional,  ///< h~ of the step before, so that it knows where it has looked
  kNone          ///< nothing
};

constexpr std::array<std::string_view, 2> names_of(InputFeeding) { return {"attentional", "none"}; }

/// The defaults are those of the paper, section 4.1, with dropout.
struct LuongOptions {
  int64_t source_vocabulary = 0;
  int64_t target_vocabulary = 0;  ///< V
  int64_t embedding_size = 1000;  ///< E
  int64_t hidden_size = 1000;     ///< N
  int64_t layers = 4;             ///< L
  ScoreOptions score = GeneralScoreOptions{};
  WindowOptions window = GlobalWindowOptions{};
  SourceOrder source_order = SourceOrder::kReversed;
  InputFeeding input_feeding = InputFeeding::kAttentional;
  double dropout = 0.2;
  double init_range = 0.1;

  static void fields(auto& self, auto&& visit) {
    visit("source_vocabulary", self.source_vocabulary, "symbols of the source (from the data)",
          at_least(4));
    visit("target_vocabulary", self.target_vocabulary, "symbols of the target (from the data)",
          at_least(4));
    visit("embedding_size", self.embedding_size, "features of an embedded symbol", at_least(1));
    visit("hidden_size", self.hidden_size, "units of each layer", at_least(1));
    visit("layers", self.layers, "layers of the encoder, and of the decoder", at_least(1));
    visit("score", self.score, "how the decoder compares its state with those of the encoder");
    visit("window", self.window, "the part of the source that a step looks at");
    visit("source_order", self.source_order, "in which order the encoder reads a source");
    visit("input_feeding", self.input_feeding, "what the decoder reads beside the symbol before");
    visit("dropout", self.dropout,
          "share of embeddings, what goes from layer to layer, and h~ left out while training",
          between(0, 0.95));
    visit("init_range", self.init_range, "weights start uniform within plus and minus this",
          above(0));
  }
};

}  // namespace zoo
