// The repeat copy task: give a sequence back a stated number of times, then say that it is over.
#pragma once

#include <cstdint>
#include <string>

#include "zoo/datasets/transduction.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Options of `RepeatCopy`; the defaults are those of the paper, section 4.2.
struct RepeatCopyOptions {
  int64_t bits = 8;
  int64_t min_length = 1;
  int64_t max_length = 10;
  int64_t min_repeats = 1;
  int64_t max_repeats = 10;
  double count_mean = 5.5;              ///< of the numbers 1 to 10
  double count_deviation = 2.87228132;  ///< of the numbers 1 to 10: sqrt(99 / 12)

  static void fields(auto& self, auto&& visit) {
    visit("bits", self.bits, "width of one vector", between(1, 1024));
    visit("min_length", self.min_length, "fewest vectors of a sequence", between(1, 1e5));
    visit("max_length", self.max_length, "most vectors of a sequence", between(1, 1e5));
    visit("min_repeats", self.min_repeats, "fewest repetitions", between(1, 1e5));
    visit("max_repeats", self.max_repeats, "most repetitions", between(1, 1e5));
    visit("count_mean", self.count_mean, "taken from the number of repetitions before it is shown");
    visit("count_deviation", self.count_deviation, "and what it is divided by", above(0));
  }
};

/// Random vectors of bits, how often to repeat them, and then that many copies and an end marker
/// are asked for.
///
/// Graves, Wayne and Danihelka (2014), "Neural Turing Machines", arXiv:1410.5401, section 4.2.
/// With L vectors of `bits` channels and R repetitions a batch has T = L + 1 + L R + 1 steps:
///
/// inputs   [B, T, bits + 1]  vectors in steps 0..L-1; at step L (R - mean) / deviation in the
///                            last channel; then silence
/// targets  [B, T, bits + 1]  the vectors R times from step L+1 on; in the last step a 1 in the
///                            last channel alone, the end marker
/// mask     [B, T]            1 from step L+1 on
///
/// L and R are drawn for each batch and the same for all of its examples.
class RepeatCopy final : public TransductionDataset {
 public:
  using Options = RepeatCopyOptions;

  /// Throws `std::invalid_argument` for options out of range or order.
  explicit RepeatCopy(RepeatCopyOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  TransductionBatch batch(const BatchIndex& index) const override;
  int64_t input_size() const override { return options_.bits + 1; }
  int64_t output_size() const override { return options_.bits + 1; }
  std::string question_format() const override {
    return R"({"bits": [[0, 1, ...], ...], "repeats": 3})";
  }
  /// {"bits": [[0, 1, ...], ...], "repeats": 3}
  TransductionBatch prompt(const nlohmann::json& question) const override;

 private:
  RepeatCopyOptions options_;
};

}  // namespace zoo
