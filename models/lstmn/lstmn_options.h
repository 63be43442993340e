// Options of `Lstmn`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "zoo/models/options/options.h"

namespace zoo {

/// Whether where a step has looked plays a part in where the next one looks.
enum class PreviousSummary : uint8_t {
  kUsed,   ///< with W_h~ h~_{t-1} in the score, as in the paper
  kUnused  ///< without, as in the code that its authors published
};

constexpr std::array<std::string_view, 2> names_of(PreviousSummary) { return {"used", "unused"}; }

/// The defaults are those of the paper's language model, section 5.1.
struct LstmnOptions {
  int64_t vocabulary = 0;        ///< V
  int64_t embedding_size = 150;  ///< E
  int64_t hidden_size = 300;     ///< N
  int64_t layers = 1;            ///< L
  int64_t tape = 0;              ///< places that a tape keeps; 0: all
  PreviousSummary previous_summary = PreviousSummary::kUsed;
  double dropout = 0;
  double init_range = 0.1;

  static void fields(auto& self, auto&& visit) {
    visit("vocabulary", self.vocabulary, "symbols (from the data)", at_least(4));
    visit("embedding_size", self.embedding_size, "features of an embedded symbol", at_least(1));
    visit("hidden_size", self.hidden_size, "units of each layer", at_least(1));
    visit("layers", self.layers, "layers on top of each other", at_least(1));
    visit("tape", self.tape, "latest steps that each step can look at; 0: all", at_least(0));
    visit("previous_summary", self.previous_summary,
          "whether where a step has looked plays a part in where the next one looks");
    visit("dropout", self.dropout,
          "share of embeddings and of what each layer gives on left out while training",
          between(0, 0.95));
    visit("init_range", self.init_range, "weights start uniform within plus and minus this",
          above(0));
  }
};

}  // namespace zoo
