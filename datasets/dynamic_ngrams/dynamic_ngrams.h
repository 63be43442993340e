// The dynamic n-grams task: predict the bits of a source whose statistics must be found out.
#pragma once

#include <cstdint>
#include <string>

#include "zoo/datasets/transduction.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Options of `DynamicNgrams`; the defaults are those of the paper, section 4.4.
struct DynamicNgramsOptions {
  int64_t context = 5;
  int64_t length = 200;

  static void fields(auto& self, auto&& visit) {
    visit("context", self.context, "bits that the next one depends on", between(1, 20));
    visit("length", self.length, "bits of a sequence", between(2, 1e6));
  }
};

/// Bits from a source that draws the probability of a 1 after each context of `context` bits anew
/// for every sequence, from Beta(1/2, 1/2). The first bits are fair coins.
///
/// Graves, Wayne and Danihelka (2014), "Neural Turing Machines", arXiv:1410.5401, section 4.4.
/// With n = `length` bits b and contexts of c bits a batch has T = n - 1 steps:
///
/// inputs   [B, T, 1]  b_0 to b_(n-2)
/// targets  [B, T, 1]  the bit that comes next, b_1 to b_(n-1), where it depends on a context
/// mask     [B, T]     1 from step c - 1 on: n - c bits are predicted, none of the fair coins
class DynamicNgrams final : public TransductionDataset {
 public:
  using Options = DynamicNgramsOptions;

  /// Throws `std::invalid_argument` for options out of range, or a length of no more bits than the
  /// context.
  explicit DynamicNgrams(DynamicNgramsOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  TransductionBatch batch(const BatchIndex& index) const override;
  int64_t input_size() const override { return 1; }
  int64_t output_size() const override { return 1; }

  /// Eq. 10: after N1 ones and N0 zeros in a context, a 1 has probability
  /// (N1 + 1/2) / (N1 + N0 + 1). No predictor needs fewer bits on average.
  torch::Tensor optimal_bits(const TransductionBatch& batch) const override;

  std::string question_format() const override { return R"({"bits": [0, 1, ...]})"; }
  /// {"bits": [0, 1, ...]}, at least `context` of them.
  TransductionBatch prompt(const nlohmann::json& question) const override;

  /// {"probabilities": [0.31, ...]}: of a 1 after the first `context` bits, after one more, ...,
  /// and after all of them.
  nlohmann::json answer(const torch::Tensor& probabilities,
                        const TransductionBatch& prompt) const override;

 private:
  DynamicNgramsOptions options_;
};

}  // namespace zoo
