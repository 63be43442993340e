// Going on with a text by chance.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "zoo/datasets/random.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Which symbols may be drawn, and how likely each is. Of the distribution that the temperature
/// gives, `top_k` keeps a part, of that part `top_p` another.
struct SamplingOptions {
  double temperature = 1;  ///< log-probabilities are divided by this; 0: always the most probable
  int64_t top_k = 0;       ///< the k most probable symbols; 0: all
  /// Of the most probable symbols as many as it takes to have this probability together: nucleus
  /// sampling, Holtzman et al. (2020), arXiv:1904.09751, section 3.1.
  double top_p = 1;

  static void fields(auto& self, auto&& visit) {
    visit("temperature", self.temperature,
          "what log-probabilities are divided by before a symbol is drawn; 0: the most probable",
          at_least(0));
    visit("top_k", self.top_k, "symbols that may be drawn, the most probable ones; 0: all",
          at_least(0));
    visit("top_p", self.top_p, "probability that those which may be drawn have together",
          Range{.minimum = 0, .maximum = 1, .open_minimum = true});
  }
};

/// A symbol of log_probabilities [V], which need not be normalised; equally probable ones are taken
/// in the order of the symbols. Throws `c10::Error` if no symbol is possible or an option is out of
/// range.
int64_t sample_symbol(const torch::Tensor& log_probabilities, const SamplingOptions& options,
                      Random& random);

/// `length` symbols after those that the decoder, which stands at one text, has read; without those
/// in `never`. The same numbers of `random` give the same symbols. `on_symbol` is told all of them
/// so far after each; it may be empty.
std::vector<int64_t> sample_continuation(
    StepDecoder& decoder, int64_t length, const SamplingOptions& options, Random& random,
    std::span<const int64_t> never = {},
    const std::function<void(std::span<const int64_t>)>& on_symbol = {});

}  // namespace zoo
