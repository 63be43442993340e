// The priority sort task: give back the vectors of highest priority, in order.
#pragma once

#include <cstdint>
#include <string>

#include "zoo/datasets/transduction.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Options of `PrioritySort`; the defaults are those of the paper, section 4.5.
struct PrioritySortOptions {
  int64_t bits = 8;
  int64_t vectors = 20;
  int64_t asked = 16;

  static void fields(auto& self, auto&& visit) {
    visit("bits", self.bits, "width of one vector", between(1, 1024));
    visit("vectors", self.vectors, "vectors that are shown", between(1, 1e5));
    visit("asked", self.asked, "vectors that are asked for, those of highest priority",
          between(1, 1e5));
  }
};

/// Random vectors of bits, each with a random priority uniform in [-1, 1]; those of highest
/// priority are asked for, the highest first.
///
/// Graves, Wayne and Danihelka (2014), "Neural Turing Machines", arXiv:1410.5401, section 4.5.
/// With n vectors shown and m asked for a batch has T = n + 1 + m steps:
///
/// inputs   [B, T, bits + 2]  in steps 0..n-1 a vector, and its priority in channel `bits`; at
///                            step n a 1 in channel `bits` + 1 alone; then silence
/// targets  [B, T, bits]      the sorted vectors in the last m steps
/// mask     [B, T]            1 in the last m steps
class PrioritySort final : public TransductionDataset {
 public:
  using Options = PrioritySortOptions;

  /// Throws `std::invalid_argument` for options out of range, or more vectors asked for than shown.
  explicit PrioritySort(PrioritySortOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  TransductionBatch batch(const BatchIndex& index) const override;
  int64_t input_size() const override { return options_.bits + 2; }
  int64_t output_size() const override { return options_.bits; }
  std::string question_format() const override {
    return R"({"bits": [[0, 1, ...], ...], "priorities": [0.3, ...]})";
  }
  /// {"bits": [[0, 1, ...], ...], "priorities": [0.3, ...]}, one from -1 to 1 for each vector; at
  /// least `asked` of them. Of equal priorities the earlier vector comes first.
  TransductionBatch prompt(const nlohmann::json& question) const override;

 private:
  PrioritySortOptions options_;
};

}  // namespace zoo
