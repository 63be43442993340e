// Options of the task `translation`.
#pragma once

#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/options/options.h"
#include "zoo/trainers/bleu/bleu.h"
#include "zoo/trainers/tasks/translation/unknown_words.h"

namespace zoo {

struct TranslationOptions {
  double label_smoothing = 0;
  int64_t beam_width = 5;
  LengthPenalty length_penalty = LengthPenalty::kAverage;
  double length_alpha = 1;
  UnknownWords unknown_words = UnknownWords::kKeep;
  int64_t longest_sentence = 500;
  BleuOptions bleu{};

  static void fields(auto& self, auto&& visit) {
    visit("label_smoothing", self.label_smoothing,
          "share of the probability that training spreads over all symbols", between(0, 0.9));
    visit("beam_width", self.beam_width, "translations followed at once while decoding; 1: greedy",
          between(1, 1000));
    visit("length_penalty", self.length_penalty, "how translations of unequal length are compared");
    visit("length_alpha", self.length_alpha, "strength of that", between(0, 10));
    visit("unknown_words", self.unknown_words,
          "what becomes of unknown words in translations; copy needs a vocabulary of words",
          Range(), UnknownWords::kKeep);
    visit("longest_sentence", self.longest_sentence,
          "most symbols of a sentence that predict translates, without the end", at_least(1), 500);
    BleuOptions::fields(self.bleu, visit);
  }
};

}  // namespace zoo
