// The copy task: repeat a sequence of random bits after having seen all of it.
#pragma once

#include <cstdint>
#include <string>

#include "zoo/datasets/transduction.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Options of `Copy`; the defaults are those of the paper, section 4.1.
struct CopyOptions {
  int64_t bits = 8;         ///< width of one vector
  int64_t min_length = 1;   ///< fewest vectors of a sequence
  int64_t max_length = 20;  ///< most vectors of a sequence

  static void fields(auto& self, auto&& visit) {
    visit("bits", self.bits, "width of one vector", between(1, 1024));
    visit("min_length", self.min_length, "fewest vectors of a sequence", between(1, 1e6));
    visit("max_length", self.max_length, "most vectors of a sequence", between(1, 1e6));
  }
};

/// Random vectors of bits, a delimiter, and then the same vectors are asked for.
///
/// Graves, Wayne and Danihelka (2014), "Neural Turing Machines", arXiv:1410.5401, section 4.1.
/// With L vectors of `bits` channels a batch has
///
/// inputs   [B, 2 L + 1, bits + 1]  vectors in steps 0..L-1, at step L a 1 in the last channel
///                                  alone, then silence: the answer is given from memory
/// targets  [B, 2 L + 1, bits]      0, and the vectors again in steps L+1..2 L
/// mask     [B, 2 L + 1]            1 in steps L+1..2 L
///
/// L is drawn for each batch, uniform in min_length..max_length, and the same for all of its
/// examples: no step is padding, so none is computed in vain and no loss has to skip it.
///
/// Splits are independent streams. Sequences so short that there are few of them (256 of one
/// vector of 8 bits) do come up in several splits.
class Copy final : public TransductionDataset {
 public:
  using Options = CopyOptions;

  /// Throws `std::invalid_argument` if an option is out of range or max_length < min_length.
  explicit Copy(CopyOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  TransductionBatch batch(const BatchIndex& index) const override;
  int64_t input_size() const override { return options_.bits + 1; }
  int64_t output_size() const override { return options_.bits; }
  std::string question_format() const override { return R"({"bits": [[0, 1, ...], ...]})"; }
  /// {"bits": [[0, 1, ...], ...]}, of any length, also one that `batch` would never draw.
  TransductionBatch prompt(const nlohmann::json& question) const override;

 private:
  CopyOptions options_;
};

}  // namespace zoo
