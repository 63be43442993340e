// Options of the task `language_modelling`.
#pragma once

#include <cstdint>

#include "zoo/models/options/options.h"
#include "zoo/trainers/sampling.h"

namespace zoo {

/// How texts are continued by `predict` and in the report; training needs no option.
struct LanguageModellingOptions {
  int64_t length = 300;
  SamplingOptions sampling{};
  int64_t seed = 1;

  static void fields(auto& self, auto&& visit) {
    visit("length", self.length, "symbols of a continuation", at_least(1));
    SamplingOptions::fields(self.sampling, visit);
    visit("seed", self.seed,
          "of the symbols that are drawn: another one gives another continuation", at_least(0));
  }
};

}  // namespace zoo
